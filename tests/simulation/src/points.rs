//! Short scripted stories with every fault at every call: enumerated, not sampled.

use bridge_harness::Fault;

use crate::check::{Invariant, Violation};
use crate::history::{
    Answer, Ask, Audience, Choices, EndpointMishap, Faults, History, Letter, Queue, Saying,
    SendMishap, Stage, Step, Who,
};
use crate::run;

/// The faults that each call meets in turn.
pub const FAULTS: [Fault; 7] = [
    Fault::Kill,
    Fault::Before,
    Fault::After,
    Fault::Slow,
    Fault::Refuse,
    Fault::Partial,
    Fault::Panic,
];
const ANA: Who = Who {
    person: 0,
    number: 0,
};
const ANA_AT_TWO: Who = Who {
    person: 0,
    number: 1,
};
const BEN: Who = Who {
    person: 1,
    number: 0,
};

/// One case: a story with one fault.
#[derive(Clone, Debug)]
pub struct Point {
    /// The story's name.
    pub story: &'static str,
    /// Which call.
    pub call: usize,
    /// What happens to it.
    pub fault: Fault,
    /// The history to play.
    pub history: History,
    /// How many calls to the neighbours the story costs without it.
    pub calm: usize,
    /// How many messages may stay undelivered: those of the story itself, and the one whose outcome
    /// is unknown where agents are told.
    pub undelivered: usize,
}

/// Every case of the stories that have `part` in their name, under both ways to treat unknown outcomes.
pub fn all(part: &str) -> Vec<Point> {
    let mut points = Vec::new();
    for resend in [false, true] {
        let stories = stories(resend).into_iter();
        for (story, history) in stories.filter(|(name, _)| name.contains(part)) {
            let (verdict, _) = run(&history);
            assert!(verdict.violations.is_empty(), "{story}: {verdict:?}");
            // a template whose outcome is unknown is never sent again; what is meant for a file's next
            // form may meet the first
            let one_less = |step: &Step| {
                let fails = Letter::Send(SendMishap::FailByStatus(131_053));
                matches!(step.letter, Letter::Sends(_) | Letter::Posts(_)) || step.letter == fails
            };
            let one_less = history.steps.iter().any(one_less);
            for call in 1..=verdict.choices {
                for fault in FAULTS {
                    let faults = Faults {
                        points: vec![(call, fault)],
                        ..Faults::default()
                    };
                    points.push(Point {
                        story,
                        call,
                        fault,
                        history: History {
                            faults,
                            ..history.clone()
                        },
                        calm: verdict.external,
                        undelivered: verdict.undelivered + usize::from(!resend || one_less),
                    });
                }
            }
        }
    }
    points
}

/// A kill at every call (or at each `every`-th) of a send to `recipients` who never wrote, while an
/// agent answers somebody else.
pub fn kills(recipients: usize, every: usize) -> Vec<Point> {
    let history = story(
        false,
        &[
            (0, Letter::Says(ANA, Saying::Text)),
            (2_000, Letter::Sends(strangers(recipients))),
            (500, Letter::Answers(ANA, Answer::Text)),
            // WhatsApp takes 80 a second: the rest is sent by and by, and killed there too
            (300_000, Letter::Reads(ANA)),
        ],
    );
    let (verdict, _) = run(&history);
    assert!(verdict.violations.is_empty(), "{verdict:?}");
    let point = |call| Point {
        story: "a template to many",
        call,
        fault: Fault::Kill,
        history: History {
            faults: Faults {
                points: vec![(call, Fault::Kill)],
                ..Faults::default()
            },
            ..history.clone()
        },
        calm: verdict.external,
        undelivered: 1,
    };
    (1..=verdict.choices)
        .step_by(every.max(1))
        .map(point)
        .collect()
}

fn to_person(person: usize) -> Audience {
    Audience {
        number: 0,
        person: Some(person),
        strangers: 0,
    }
}

fn strangers(strangers: usize) -> Audience {
    Audience {
        number: 0,
        person: Some(1),
        strangers: strangers.saturating_sub(1),
    }
}

/// Plays one case; what it violates. One fault may cost at most three times the calls (I11).
pub fn play(point: &Point) -> Vec<Violation> {
    let (verdict, _) = run(&point.history);
    let mut violations = verdict.violations;
    if verdict.external > 3 * point.calm {
        violations.push(Violation {
            invariant: Invariant::BoundedWork,
            kind: crate::check::Kind::Other,
            what: format!("{} calls instead of {}", verdict.external, point.calm),
        });
    }
    if verdict.undelivered > point.undelivered {
        violations.push(Violation {
            invariant: Invariant::LossInwards,
            kind: crate::check::Kind::Lost,
            what: format!("{} messages did not arrive", verdict.undelivered),
        });
    }
    violations
}

fn stories(resend: bool) -> Vec<(&'static str, History)> {
    let says = |who| Letter::Says(who, Saying::Text);
    let answers = |answer| Letter::Answers(ANA, answer);
    let day = 25 * 3_600_000;
    vec![
        (
            "a conversation",
            story(
                resend,
                &[
                    (0, says(ANA)),
                    (2_000, answers(Answer::Text)),
                    (2_000, Letter::Reads(ANA)),
                    (2_000, Letter::Closes(ANA)),
                    (2_000, says(ANA)),
                ],
            ),
        ),
        (
            "quotes and parts",
            story(
                resend,
                &[
                    (0, says(ANA)),
                    (2_000, answers(Answer::Long)),
                    (2_000, Letter::Says(ANA, Saying::Quote)),
                    (2_000, answers(Answer::Quote)),
                    (2_000, Letter::Says(ANA, Saying::Reaction)),
                ],
            ),
        ),
        (
            "files and answers to choose",
            story(
                resend,
                &[
                    (0, says(ANA)),
                    (2_000, answers(Answer::File)),
                    (2_000, answers(Answer::Offer)),
                    (2_000, Letter::Says(ANA, Saying::Choice)),
                    (2_000, answers(Answer::Archive)),
                    (0, answers(Answer::Text)),
                ],
            ),
        ),
        (
            "held and released",
            story(
                resend,
                &[
                    (0, says(ANA)),
                    (day, answers(Answer::Text)),
                    (1_000, answers(Answer::Text)),
                    (1_000, answers(Answer::Edit)),
                    (60_000, says(ANA)),
                    (0, answers(Answer::Text)),
                ],
            ),
        ),
        (
            "lost events",
            story(
                resend,
                &[
                    (0, says(ANA)),
                    (2_000, Letter::Loses(ANA)),
                    (2_000, answers(Answer::Text)),
                    (2_000, Letter::Loses(ANA)),
                    (300_000, Letter::Ticks),
                    (30_000, Letter::ComesAfterAll),
                    (900_000, Letter::Ticks),
                ],
            ),
        ),
        (
            "held, re-opened, asked and changed",
            correcting(story(
                resend,
                &[
                    (0, says(ANA)),
                    (day, answers(Answer::Text)),
                    (1_000, answers(Answer::Asks(Ask::Held))),
                    (1_000, answers(Answer::Asks(Ask::Drop))),
                    // a late command drops what was written meanwhile
                    (300_000, answers(Answer::Text)),
                    (1_000, answers(Answer::Asks(Ask::Send))),
                    (60_000, says(ANA)),
                    (2_000, answers(Answer::Edit)),
                    (2_000, answers(Answer::Edit)),
                ],
            )),
        ),
        (
            "a template that re-opens is refused",
            called_back(correcting(story(
                resend,
                &[
                    (0, says(ANA)),
                    (day, Letter::Send(SendMishap::Refuse(131_050))),
                    (0, answers(Answer::Text)),
                    (2_000, answers(Answer::Text)),
                    (60_000, says(ANA)),
                ],
            ))),
        ),
        (
            "held too long",
            briefly(story(
                resend,
                &[
                    (0, says(ANA)),
                    (day, answers(Answer::Text)),
                    (1_000_000, answers(Answer::Text)),
                    (3_000_000, Letter::Ticks),
                    (60_000, says(ANA)),
                ],
            )),
        ),
        (
            "several in one body",
            story(
                resend,
                &[
                    (0, Letter::Body { number: 0, each: 2 }),
                    (2_000, says(BEN)),
                    (0, Letter::Removes(BEN)),
                    (2_000, says(BEN)),
                ],
            ),
        ),
        (
            "refused and failed",
            story(
                resend,
                &[
                    (0, says(ANA)),
                    (2_000, Letter::Send(SendMishap::Refuse(131_026))),
                    (0, answers(Answer::Text)),
                    (2_000, Letter::Send(SendMishap::FailByStatus(131_026))),
                    (0, answers(Answer::Text)),
                    (2_000, Letter::Send(SendMishap::LoseAnswer)),
                    (0, answers(Answer::Text)),
                ],
            ),
        ),
        (
            "files that fail",
            story(
                resend,
                &[
                    (0, says(ANA)),
                    (2_000, Letter::Send(SendMishap::FailByStatus(131_053))),
                    (0, answers(Answer::File)),
                    // its next form, which is sent as soon as the status comes
                    (100, Letter::Send(SendMishap::Refuse(131_026))),
                    (60_000, Letter::Send(SendMishap::FailByStatus(131_053))),
                    (0, answers(Answer::File)),
                    (100, Letter::Send(SendMishap::LoseAnswer)),
                    (2_000, answers(Answer::Text)),
                ],
            ),
        ),
        (
            "files",
            story(
                resend,
                &[
                    (0, Letter::Says(ANA, Saying::File)),
                    (2_000, Letter::Says(ANA, Saying::File)),
                    (0, says(ANA)),
                    (2_000, answers(Answer::Quote)),
                    // behind Rocket.Chat's repeats: the answer is not one to a refused key
                    (60_000, Letter::Says(ANA, Saying::Gone)),
                    (2_000, Letter::KeyRefused(30_000)),
                    (0, Letter::Says(ANA, Saying::File)),
                    (0, says(ANA)),
                ],
            ),
        ),
        (
            "two numbers",
            story(
                resend,
                &[
                    (0, says(ANA)),
                    (0, says(ANA_AT_TWO)),
                    (2_000, answers(Answer::Text)),
                    (0, Letter::Answers(ANA_AT_TWO, Answer::Text)),
                    (1_000, Letter::Hides(0, true)),
                    (0, says(ANA)),
                    (0, says(ANA_AT_TWO)),
                ],
            ),
        ),
        (
            "the key is refused",
            story(
                resend,
                &[
                    (0, says(ANA)),
                    (2_000, Letter::KeyRefused(30_000)),
                    (0, answers(Answer::Text)),
                    (20_000, answers(Answer::Text)),
                    (0, says(ANA)),
                    // the circuit's pause is over: this one tries
                    (20 * 60_000, answers(Answer::Text)),
                    (2_000, answers(Answer::Text)),
                ],
            ),
        ),
        (
            "a template and its reply",
            story(
                resend,
                &[
                    (0, says(ANA)),
                    (2_000, Letter::Sends(to_person(0))),
                    (2_000, Letter::Sends(to_person(1))),
                    (2_000, says(BEN)),
                    (2_000, says(ANA)),
                ],
            ),
        ),
        (
            "a program writes",
            story(
                resend,
                &[
                    (0, says(ANA)),
                    (2_000, Letter::Posts(ANA)),
                    (0, answers(Answer::Text)),
                    // its door refuses this one
                    (day, Letter::Posts(ANA)),
                    (0, answers(Answer::Text)),
                    (2_000, says(ANA)),
                    (0, Letter::Posts(ANA)),
                ],
            ),
        ),
        (
            "templates to many",
            story(
                resend,
                &[
                    (0, says(ANA)),
                    (2_000, Letter::Sends(strangers(5))),
                    (100, answers(Answer::Text)),
                    (2_000, Letter::SendsAgain),
                    (2_000, says(BEN)),
                ],
            ),
        ),
        (
            "called back",
            story(
                resend,
                &[
                    (0, says(ANA)),
                    (2_000, Letter::Endpoint(EndpointMishap::Answers(503), 4_000)),
                    (0, answers(Answer::Text)),
                    (2_000, Letter::Reads(ANA)),
                    (2_000, Letter::Send(SendMishap::FailByStatus(131_026))),
                    (0, answers(Answer::Text)),
                    (2_000, Letter::Send(SendMishap::LoseAnswer)),
                    (0, Letter::Sends(to_person(0))),
                ],
            ),
        ),
        (
            "dead letters",
            story(
                resend,
                &[
                    (0, says(ANA)),
                    // receives are counted of whatever stands in the queue then
                    (600_000, Letter::Pauses(Queue::Outbound, 60_000)),
                    (0, answers(Answer::Text)),
                    (0, Letter::FutureTask(Queue::Inbound)),
                    (1_000, Letter::Receives(Queue::Outbound, 1_000)),
                    (0, Letter::Receives(Queue::Inbound, 1_000)),
                    (120_000, Letter::Ticks),
                    (2_000, says(ANA)),
                ],
            ),
        ),
    ]
}

/// The number has a template that re-opens, and changed messages go out again.
fn correcting(mut history: History) -> History {
    history.stage.reopens = true;
    history.stage.choices.corrects = true;
    history
}

/// The status endpoint is told.
fn called_back(mut history: History) -> History {
    history.stage.called_back = true;
    history
}

/// Messages are held for an hour.
fn briefly(mut history: History) -> History {
    history.stage.choices.brief = true;
    history
}

fn story(resend: bool, letters: &[(u64, Letter)]) -> History {
    let steps = letters.iter().map(|(after_ms, letter)| Step {
        after_ms: *after_ms,
        letter: *letter,
    });
    let at_two =
        |(_, letter): &(u64, Letter)| matches!(letter, Letter::Says(who, _) if who.number == 1);
    let told = |(_, letter): &(u64, Letter)| matches!(letter, Letter::Endpoint(..));
    History {
        seed: 1,
        stage: Stage {
            numbers: 1 + usize::from(letters.iter().any(at_two)),
            people: 2,
            rocketchat: 8,
            limiter: true,
            statuses_backwards: false,
            refusal_by_status: false,
            greetings: true,
            choices: Choices {
                resend,
                refuse: false,
                notices: true,
                corrects: false,
                brief: false,
            },
            called_back: letters.iter().any(told),
            reopens: false,
        },
        steps: steps.collect(),
        faults: Faults::default(),
    }
}
