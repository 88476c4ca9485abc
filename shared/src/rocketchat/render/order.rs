//! What comes as a list: orders, forms, contact cards.

use crate::domain::content::{Card, OrderItem};
use crate::text::catalog::{Language, Phrase, Saying};
use crate::text::markup::from_whatsapp;

/// The customer's words, one line per item, and the total where it can be said.
pub(super) fn order_lines(text: Option<&str>, items: &[OrderItem], language: Language) -> String {
    let mut lines = vec![language.saying(Saying::Order(items.len()))];
    lines.extend(text.map(from_whatsapp));
    lines.extend(items.iter().map(|item| {
        let price = item.price.as_ref().map(|price| {
            let currency = item.currency.as_deref().unwrap_or_default();
            format!(" ({})", format!("{price} {currency}").trim_end())
        });
        let (quantity, product) = (&item.quantity, &item.product);
        format!("{quantity} × {product}{}", price.unwrap_or_default())
    }));
    if items.len() > 1 || items.iter().any(|item| item.quantity != "1") {
        let total = total(items);
        lines.extend(total.map(|total| language.saying(Saying::OrderTotal(&total))));
    }
    lines.join("\n")
}

/// The sum in thousandths, which no currency goes below; `None` where a price or a number is missing
/// or no number, or currencies differ.
fn total(items: &[OrderItem]) -> Option<String> {
    let currency = items.first()?.currency.as_deref();
    let mut sum: i128 = 0;
    for item in items {
        let (quantity, price) = (
            thousandths(&item.quantity)?,
            thousandths(item.price.as_ref()?)?,
        );
        if item.currency.as_deref() != currency {
            return None;
        }
        sum = sum.checked_add(quantity.checked_mul(price)?)?;
    }
    let sum = sum / 1_000;
    let (whole, rest) = (sum / 1_000, sum % 1_000);
    let digits = format!("{rest:03}");
    let shown = match digits.trim_end_matches('0') {
        "" => whole.to_string(),
        one if one.len() == 1 => format!("{whole}.{one}0"),
        more => format!("{whole}.{more}"),
    };
    Some(
        format!("{shown} {}", currency.unwrap_or_default())
            .trim_end()
            .to_owned(),
    )
}

/// A plain decimal number of at most three places.
fn thousandths(number: &str) -> Option<i128> {
    let (whole, rest) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || rest.len() > 3 || !digits(whole) || !digits(rest) {
        return None;
    }
    format!("{whole}{rest:0<3}").parse().ok()
}

/// One line per field.
pub(super) fn form_lines(fields: &[(String, String)], language: Language) -> String {
    let mut lines = vec![language.phrase(Phrase::Form)];
    lines.extend(fields.iter().map(|(name, value)| match name.as_str() {
        "" => from_whatsapp(value),
        name => format!("{}: {}", from_whatsapp(name), from_whatsapp(value)),
    }));
    lines.join("\n")
}

/// One line per card.
pub(super) fn card_lines(cards: &[Card], language: Language) -> String {
    let mut lines = vec![language.saying(Saying::ContactCards(cards.len()))];
    lines.extend(cards.iter().map(|card| {
        let name = Some(&card.name).filter(|name| !name.is_empty());
        let parts = name.into_iter().chain(&card.work).chain(&card.phones);
        let parts = parts.chain(&card.emails).chain(&card.addresses);
        let parts = parts.chain(&card.urls).chain(&card.birthday);
        let line = parts.map(|part| from_whatsapp(part).replace('\n', " "));
        line.collect::<Vec<_>>().join(", ")
    }));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(quantity: &str, price: &str, currency: &str) -> OrderItem {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        OrderItem {
            product: "SKU".to_owned(),
            quantity: quantity.to_owned(),
            price: given(price),
            currency: given(currency),
        }
    }

    #[test]
    fn a_total_is_said_only_where_it_is_sure() {
        let sum = |items: &[OrderItem]| total(items);
        let two = [item("2", "10.5", "EUR"), item("1", "3", "EUR")];
        assert_eq!(sum(&two).as_deref(), Some("24 EUR"));
        assert_eq!(sum(&[item("3", "0.1", "EUR")]).as_deref(), Some("0.30 EUR"));
        assert_eq!(
            sum(&[item("1", "1.125", "KWD")]).as_deref(),
            Some("1.125 KWD")
        );
        for unsure in [
            vec![item("2", "1", "EUR"), item("1", "1", "USD")],
            vec![item("?", "1", "EUR")],
            vec![item("2", "", "EUR")],
            vec![item("2", "1e400", "EUR")],
            vec![item("2", "-1", "EUR")],
            vec![item("9999999999999", "1", "EUR")],
            Vec::new(),
        ] {
            assert_eq!(sum(&unsure), None);
        }
    }
}
