//! Whether what somebody gives fits what WhatsApp approved. Every fault is named, not only the
//! first: who sends to people should learn all of it before anything goes out.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::limits;
use super::reading::fill;
use super::{
    ButtonKind, Definition, Fault, FaultKind, Given, GivenFor, Header, Parameter, Place, Template,
    units, variables,
};

/// What fills a template, checked and in WhatsApp's order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filled {
    /// The header's parameter, if it has one.
    pub header: Vec<Parameter>,
    /// The text's parameters.
    pub body: Vec<Parameter>,
    /// Per filled button: its index, WhatsApp's sub_type, its parameter. A form's button is named
    /// also where nothing fills it: WhatsApp refuses the send otherwise.
    pub buttons: Vec<(usize, &'static str, Option<Parameter>)>,
}

/// Checks `given` against a template and what it consists of; gives what fills it, or everything
/// that is wrong.
pub fn check(
    template: &Template,
    definition: &Definition,
    given: &[Given],
) -> Result<Filled, Vec<Fault>> {
    let mut check = Check::default();
    if !template.is_approved() {
        let standing = match template.gone_at {
            Some(_) => "it is not in the account any more".to_owned(),
            None => format!("its status is {}", template.status),
        };
        check.fault(Place::Template, FaultKind::NotApproved, None, standing);
    }
    if !definition.unsupported.is_empty() {
        let words = definition.unsupported.join(", ");
        check.fault(Place::Template, FaultKind::Unsupported, None, words);
        return Err(check.faults);
    }
    let sorted = check.sort(definition, given);
    let header = check.header(definition, sorted.header);
    let body = check.body(definition, sorted.body);
    let names = |one: Parameter| if definition.named { one } else { one.unnamed() };
    let filled = Filled {
        header: header.into_iter().map(names).collect(),
        body: body.into_iter().map(names).collect(),
        buttons: check.buttons(definition, &sorted.buttons),
    };
    if check.faults.is_empty() {
        Ok(filled)
    } else {
        check.faults.sort_by_key(|fault| fault.place);
        Err(check.faults)
    }
}

/// The components of a send by what they are for.
#[derive(Default)]
struct Sorted<'a> {
    header: &'a [Parameter],
    body: &'a [Parameter],
    buttons: BTreeMap<usize, (&'a str, &'a [Parameter])>,
}

#[derive(Default)]
struct Check {
    faults: Vec<Fault>,
}

impl Check {
    fn fault(
        &mut self,
        place: Place,
        kind: FaultKind,
        parameter: Option<&str>,
        expected: impl Into<String>,
    ) {
        self.faults.push(Fault {
            place,
            kind,
            parameter: parameter.map(str::to_owned),
            expected: expected.into(),
        });
    }

    fn sort<'a>(&mut self, definition: &Definition, given: &'a [Given]) -> Sorted<'a> {
        let mut sorted = Sorted::default();
        let (mut headers, mut bodies) = (0, 0);
        for one in given {
            match &one.of {
                GivenFor::Header => {
                    headers += 1;
                    if headers == 1 {
                        sorted.header = &one.parameters;
                    }
                }
                GivenFor::Body => {
                    bodies += 1;
                    if bodies == 1 {
                        sorted.body = &one.parameters;
                    }
                }
                GivenFor::Button { index, sub_type } => {
                    let known = index.filter(|n| *n < definition.buttons.len());
                    let Some(n) = known else {
                        let most = definition.buttons.len();
                        let expected = format!("the template has {most} buttons, counted from 0");
                        self.fault(Place::Components, FaultKind::BadIndex, None, expected);
                        continue;
                    };
                    let fills = (sub_type.as_str(), one.parameters.as_slice());
                    match sorted.buttons.entry(n) {
                        Entry::Vacant(place) => {
                            place.insert(fills);
                        }
                        Entry::Occupied(_) => {
                            self.fault(Place::Button(n), FaultKind::Twice, None, "");
                        }
                    }
                }
                GivenFor::Other { word } => {
                    let expected = format!("known are header, body and button, not \"{word}\"");
                    self.fault(Place::Components, FaultKind::Superfluous, None, expected);
                }
            }
        }
        for (count, place) in [(headers, Place::Header), (bodies, Place::Body)] {
            if count > 1 {
                self.fault(place, FaultKind::Twice, None, "");
            }
        }
        sorted
    }

    fn header(&mut self, definition: &Definition, given: &[Parameter]) -> Vec<Parameter> {
        let place = Place::Header;
        match &definition.header {
            None => self.nothing(place, given),
            Some(Header::Text(text)) => {
                self.texts((place, text), definition.named, given);
                self.length(place, text, given, limits::HEADER_TEXT);
            }
            Some(Header::Media(media)) => {
                let expected = format!("one parameter of type {}", media.word());
                if let Some(one) = self.only(place, given, &expected) {
                    match one {
                        Parameter::Media { media: other, .. } if other == media => {
                            self.file(place, one);
                        }
                        _ => self.fault(place, FaultKind::WrongType, None, expected),
                    }
                }
            }
            Some(Header::Location) => {
                let expected = "one parameter of type location";
                if let Some(one) = self.only(place, given, expected) {
                    self.location(place, one);
                }
            }
        }
        given.to_vec()
    }

    fn body(&mut self, definition: &Definition, given: &[Parameter]) -> Vec<Parameter> {
        let place = Place::Body;
        match &definition.body {
            None => self.nothing(place, given),
            Some(text) => {
                self.texts((place, text), definition.named, given);
                self.length(place, text, given, limits::BODY);
            }
        }
        given.to_vec()
    }

    /// Nothing can be filled here.
    fn nothing(&mut self, place: Place, given: &[Parameter]) {
        for (one, n) in given.iter().zip(1..) {
            self.superfluous(place, one, n);
        }
    }

    fn superfluous(&mut self, place: Place, one: &Parameter, n: usize) {
        let number = n.to_string();
        let is_text = one.shown().is_some();
        let parameter = one.name().or(is_text.then_some(number.as_str()));
        self.fault(place, FaultKind::Superfluous, parameter, "");
    }

    /// The only parameter of a place that needs one.
    fn only<'a>(
        &mut self,
        place: Place,
        given: &'a [Parameter],
        expected: &str,
    ) -> Option<&'a Parameter> {
        if given.is_empty() {
            self.fault(place, FaultKind::Missing, None, expected);
        }
        for (one, n) in given.iter().zip(1..).skip(1) {
            self.superfluous(place, one, n);
        }
        given.first()
    }

    /// The parameters of a text.
    fn texts(&mut self, (place, text): (Place, &str), named: bool, given: &[Parameter]) {
        let names = variables(text);
        let mut filled: Vec<&str> = Vec::new();
        for (one, n) in given.iter().zip(1..) {
            let number = n.to_string();
            // a name counts whatever the parameter's type
            let own = if named { one.name() } else { None };
            let name = own.or_else(|| {
                if named {
                    None
                } else {
                    names.get(n - 1).copied()
                }
            });
            let shown = own.unwrap_or(&number);
            let fits = matches!(one, Parameter::Text { .. })
                || (!named
                    && place == Place::Body
                    && matches!(one, Parameter::Currency { .. } | Parameter::DateTime { .. }));
            match name {
                _ if !named && n > names.len() => self.superfluous(place, one, n),
                _ if !fits => {
                    let expected = format!("text, not {}", one.word());
                    self.fault(place, FaultKind::WrongType, Some(shown), expected);
                    filled.extend(name);
                }
                None => {
                    let expected = format!("one of {}", names.join(", "));
                    self.fault(place, FaultKind::Unnamed, Some(shown), expected);
                }
                Some(name) if !names.contains(&name) => self.superfluous(place, one, n),
                Some(name) if filled.contains(&name) => {
                    self.fault(place, FaultKind::Twice, Some(name), "");
                }
                Some(name) => {
                    filled.push(name);
                    self.words(place, shown, one.shown().unwrap_or_default());
                    self.money(place, shown, one);
                }
            }
        }
        for name in names.iter().filter(|name| !filled.contains(name)) {
            let expected = format!("text for {{{{{name}}}}}");
            self.fault(place, FaultKind::Missing, Some(name), expected);
        }
    }

    /// An amount needs its currency.
    fn money(&mut self, place: Place, parameter: &str, one: &Parameter) {
        if let Parameter::Currency { code, .. } = one
            && (code.len() != 3 || !code.chars().all(|c| c.is_ascii_alphabetic()))
        {
            let expected = "code: three letters, e.g. EUR; amount_1000: a number";
            self.fault(place, FaultKind::BadValue, Some(parameter), expected);
        }
    }

    /// What WhatsApp refuses in a text parameter.
    fn words(&mut self, place: Place, parameter: &str, text: &str) {
        let parameter = Some(parameter);
        if text.trim().is_empty() {
            self.fault(place, FaultKind::Empty, parameter, "");
        } else if text.contains(['\n', '\r', '\t']) || text.contains(limits::BLANKS) {
            let expected = "no new line, no tab, at most 4 blanks in a row";
            self.fault(place, FaultKind::BadValue, parameter, expected);
        } else if units(text) > limits::BODY {
            let expected = format!("at most {} characters", limits::BODY);
            self.fault(place, FaultKind::TooLong, parameter, expected);
        }
    }

    /// The whole text, filled.
    fn length(&mut self, place: Place, text: &str, given: &[Parameter], most: usize) {
        let known = |fault: &Fault| fault.place == place;
        if !self.faults.iter().any(known) && units(&fill(text, given)) > most {
            let expected = format!("at most {most} characters when filled");
            self.fault(place, FaultKind::TooLong, None, expected);
        }
    }

    fn file(&mut self, place: Place, one: &Parameter) {
        let Parameter::Media { id, link, .. } = one else {
            return;
        };
        let given = |text: &Option<String>| text.as_deref().is_some_and(|t| !t.trim().is_empty());
        match (given(id), given(link)) {
            (true, true) => self.fault(place, FaultKind::Both, None, "either id or link"),
            (false, false) => self.fault(place, FaultKind::Empty, None, "an id or a link"),
            _ => {}
        }
        let secure = |link: &String| {
            let head = link.trim().get(..8);
            head.is_some_and(|head| head.eq_ignore_ascii_case("https://"))
        };
        if given(link) && !link.as_ref().is_some_and(secure) {
            self.fault(place, FaultKind::BadLink, None, "https://…");
        }
    }

    fn location(&mut self, place: Place, one: &Parameter) {
        let Parameter::Location {
            latitude,
            longitude,
            ..
        } = one
        else {
            let expected = "one parameter of type location";
            return self.fault(place, FaultKind::WrongType, None, expected);
        };
        let within =
            |degrees: &Option<f64>, most: f64| degrees.is_some_and(|degrees| degrees.abs() <= most);
        if !within(latitude, 90.0) || !within(longitude, 180.0) {
            let expected = "latitude and longitude in degrees";
            self.fault(place, FaultKind::BadValue, None, expected);
        }
    }

    fn buttons(
        &mut self,
        definition: &Definition,
        given: &BTreeMap<usize, (&str, &[Parameter])>,
    ) -> Vec<(usize, &'static str, Option<Parameter>)> {
        let mut filled = Vec::new();
        for (n, button) in definition.buttons.iter().enumerate() {
            let place = Place::Button(n);
            let slot = Slot::of(&button.kind, definition.authentication);
            let Some(slot) = slot else {
                if given.contains_key(&n) {
                    let expected = format!("\"{}\" takes no parameter", button.label);
                    self.fault(place, FaultKind::Superfluous, None, expected);
                }
                continue;
            };
            let expected = format!("{} for \"{}\"", slot.words, button.label);
            let (sub_type, parameters) = given.get(&n).copied().unwrap_or((slot.sub_type, &[]));
            if !sub_type.eq_ignore_ascii_case(slot.sub_type) {
                let expected = format!("sub_type {}, not {sub_type}", slot.sub_type);
                self.fault(place, FaultKind::WrongButton, None, expected);
                continue;
            }
            if parameters.is_empty() && !slot.needed {
                if button.kind == ButtonKind::Flow {
                    filled.push((n, slot.sub_type, None));
                }
                continue;
            }
            if let Some(one) = self.only(place, parameters, &expected) {
                self.button(place, &button.kind, (&slot, one));
                filled.push((n, slot.sub_type, Some(one.clone())));
            }
        }
        filled
    }

    fn button(&mut self, place: Place, kind: &ButtonKind, (slot, one): (&Slot, &Parameter)) {
        let text = match (slot.parameter, one) {
            ("payload", Parameter::Payload { payload }) => payload,
            ("coupon_code", Parameter::CouponCode { code }) => code,
            ("text", Parameter::Text { text, .. }) => text,
            ("action", Parameter::Action { action }) if action.is_object() => return,
            ("action", Parameter::Action { .. }) => {
                return self.fault(place, FaultKind::BadValue, None, "an object");
            }
            _ => {
                let expected = format!("{}, not {}", slot.parameter, one.word());
                return self.fault(place, FaultKind::WrongType, None, expected);
            }
        };
        let length = match kind {
            ButtonKind::Url(url) if slot.most == limits::URL => {
                let open = variables(url).first().map_or(0, |name| units(name) + 4);
                units(url).saturating_sub(open) + units(text)
            }
            _ => units(text),
        };
        if text.trim().is_empty() {
            self.fault(place, FaultKind::Empty, None, "");
        } else if length > slot.most {
            let expected = format!("at most {} characters", slot.most);
            self.fault(place, FaultKind::TooLong, None, expected);
        } else if slot.parameter != "payload" && text.contains(char::is_whitespace) {
            self.fault(place, FaultKind::BadValue, None, "no blanks");
        } else if matches!(kind, ButtonKind::Url(_)) && text.contains("://") {
            let expected = "the end of the address, not a whole one";
            self.fault(place, FaultKind::BadValue, None, expected);
        }
    }
}

/// What a button takes.
struct Slot {
    sub_type: &'static str,
    parameter: &'static str,
    words: &'static str,
    needed: bool,
    most: usize,
}

impl Slot {
    /// `None` where a button takes nothing.
    fn of(kind: &ButtonKind, authentication: bool) -> Option<Self> {
        let slot = |sub_type, parameter, words, needed, most| Self {
            sub_type,
            parameter,
            words,
            needed,
            most,
        };
        match kind {
            ButtonKind::QuickReply => Some(slot(
                "quick_reply",
                "payload",
                "a payload",
                false,
                limits::PAYLOAD,
            )),
            ButtonKind::Url(url) if variables(url).is_empty() => None,
            ButtonKind::Url(_) if !authentication => Some(slot(
                "url",
                "text",
                "the end of the address",
                true,
                limits::URL,
            )),
            ButtonKind::Url(_) | ButtonKind::Otp => Some(slot(
                "url",
                "text",
                "the one-time code",
                true,
                limits::ONE_TIME_CODE,
            )),
            ButtonKind::CopyCode => Some(slot(
                "copy_code",
                "coupon_code",
                "the coupon code",
                true,
                limits::COUPON_CODE,
            )),
            ButtonKind::Flow => Some(slot("flow", "action", "an action", false, usize::MAX)),
            ButtonKind::Phone | ButtonKind::VoiceCall => None,
        }
    }
}
