//! Histories that look for trouble where it is known to hide.

use bridge_harness::Fault;
use rand::RngExt as _;

use super::{ANA, Dice, HOUR, MINUTE, SECOND, step};
use crate::history::{
    Again, Answer, Audience, Faults, History, Letter, Mishap, Queue, Route, Saying, SendMishap,
    Stage, Step,
};

impl Dice {
    /// Agents write outside the window, and the customer comes back while they do.
    pub(super) fn held(&mut self, stage: &mut Stage) -> Vec<Step> {
        stage.people = 1;
        stage.numbers = 1;
        stage.choices.refuse = false;
        let mut steps = vec![step(0, Letter::Says(ANA, Saying::Text))];
        let mut pause = self.0.random_range(24 * HOUR..26 * HOUR);
        for _ in 0..1 + self.below(3) {
            let answer = match self.below(20) {
                0..=2 => Answer::Edit,
                3..=4 => self.asks(),
                _ => Answer::Text,
            };
            steps.push(step(pause, Letter::Answers(ANA, answer)));
            pause = self.pause().min(MINUTE);
        }
        if self.chance(30) {
            steps.push(step(0, self.neighbours()));
        }
        steps.push(step(pause, Letter::Says(ANA, Saying::Text)));
        for _ in 0..1 + self.below(2) {
            let pause = self.pause().min(5 * SECOND);
            steps.push(step(pause, Letter::Answers(ANA, Answer::Text)));
        }
        steps
    }

    /// A customer's number disappears and comes back while messages pile up.
    pub(super) fn hiding(&mut self, stage: &mut Stage) -> Vec<Step> {
        stage.people = 1;
        stage.numbers = 1;
        let mut steps = vec![step(0, Letter::Says(ANA, Saying::Text))];
        for n in 0..3 + self.below(3) {
            if self.chance(70) {
                steps.push(step(0, Letter::Hides(0, n % 2 == 0)));
            }
            if self.chance(30) {
                let letter = self.one(&[
                    Letter::Pauses(Queue::Inbound, 3 * SECOND),
                    Letter::Route(Route::Message, Mishap::Error),
                    Letter::Closes(ANA),
                    Letter::Answers(ANA, Answer::Text),
                ]);
                steps.push(step(0, letter));
            }
            let pause = self.0.random_range(0..2 * SECOND);
            steps.push(step(pause, Letter::Says(ANA, Saying::Text)));
        }
        steps
    }

    /// Sends that are refused, fail later, or whose answer is lost.
    pub(super) fn failing(&mut self, stage: &mut Stage) -> Vec<Step> {
        stage.people = 1;
        let mut steps = vec![step(0, Letter::Says(ANA, Saying::Text))];
        for _ in 0..1 + self.below(3) {
            let pause = self.0.random_range(0..30 * SECOND);
            let file = self.chance(25);
            let mishap = match file {
                true => SendMishap::FailByStatus(131_053),
                false => self.send_mishap(),
            };
            steps.push(step(pause, Letter::Send(mishap)));
            if file && self.chance(60) {
                let again = Letter::Again(self.one(&[Again::AtOnce, Again::After(301_000)]));
                steps.push(step(SECOND, again));
            }
            let answer = match file {
                true => Answer::File,
                false => self.one(&[Answer::Text, Answer::Text, Answer::Long]),
            };
            let pause = self.0.random_range(SECOND..3 * SECOND);
            steps.push(step(pause, Letter::Answers(ANA, answer)));
        }
        steps
    }

    /// Templates to one and to many, while people go on writing.
    pub(super) fn sending(&mut self, stage: &Stage) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.chance(50) {
            steps.push(step(0, self.says(stage)));
        }
        for _ in 0..1 + self.below(3) {
            let letter = if self.chance(25) {
                Letter::Posts(self.who(stage))
            } else {
                self.sends(stage)
            };
            steps.push(step(self.pause().min(HOUR), letter));
            match self.below(10) {
                0 => steps.push(step(self.pause().min(5 * MINUTE), Letter::SendsAgain)),
                1 => {
                    let wish = self.wish();
                    steps.push(step(self.pause().min(3 * SECOND), Letter::Controls(wish)));
                }
                2 => steps.push(step(0, self.neighbours())),
                3 => steps.push(step(0, self.machinery(stage))),
                _ => {}
            }
            let pause = self.0.random_range(0..5 * SECOND);
            let letter = self.people(stage);
            steps.push(step(pause, letter));
        }
        steps
    }

    /// One contact whose calls all go wrong, and others who must not notice (I10).
    pub(super) fn isolated(&mut self, seed: u64, stage: Stage) -> History {
        let stage = Stage {
            people: 2 + self.below(2),
            rocketchat: 8,
            greetings: false,
            ..stage
        };
        let victim = self.who(&stage);
        let fault = self.one(&[Fault::Slow, Fault::Slow, Fault::Refuse, Fault::Panic]);
        let length = 3 + self.below(4);
        let mut steps = Vec::new();
        for n in 0..length {
            let who = if self.chance(40) {
                victim
            } else {
                self.who(&stage)
            };
            let letter = match self.below(10) {
                0..=5 => Letter::Says(who, Saying::Text),
                6..=7 if n > 2 => Letter::Answers(who, Answer::Text),
                8 => Letter::Pauses(Queue::Inbound, self.0.random_range(100..2 * SECOND)),
                9 => Letter::Sends(Audience {
                    number: who.number,
                    person: Some(victim.person),
                    strangers: self.below(10),
                }),
                _ => Letter::Body {
                    number: who.number,
                    each: 1,
                },
            };
            steps.push(step(self.0.random_range(0..4 * SECOND), letter));
        }
        History {
            seed,
            stage,
            steps,
            faults: Faults {
                victim: Some((victim, fault)),
                ..Faults::default()
            },
        }
    }

    /// Rocket.Chat dies before it has told of what agents wrote, and ticks come.
    pub(super) fn losing(&mut self, stage: &mut Stage) -> Vec<Step> {
        stage.people = stage.people.min(2);
        let mut steps = vec![step(0, Letter::Says(ANA, Saying::Text))];
        for _ in 0..1 + self.below(3) {
            let pause = self.0.random_range(SECOND..10 * MINUTE);
            let who = self.who(stage);
            let letter = if self.chance(70) {
                Letter::Loses(who)
            } else {
                Letter::Answers(who, Answer::Text)
            };
            steps.push(step(pause, letter));
            if self.chance(60) {
                let pause = self.0.random_range(0..7 * MINUTE);
                let letter = self.one(&[
                    Letter::Ticks,
                    Letter::Ticks,
                    Letter::ComesAfterAll,
                    Letter::Restarts,
                ]);
                steps.push(step(pause, letter));
            }
            if self.chance(30) {
                let letter = self.says(stage);
                steps.push(step(self.pause().min(MINUTE), letter));
            }
        }
        steps
    }

    /// An agent changes a message again and again, mostly where that is sent, and some of it comes late.
    pub(super) fn changing(&mut self, stage: &mut Stage) -> Vec<Step> {
        stage.people = 1;
        stage.choices.corrects = self.chance(80);
        let mut steps = vec![
            step(0, Letter::Says(ANA, Saying::Text)),
            step(2 * SECOND, Letter::Answers(ANA, Answer::Text)),
        ];
        for _ in 0..2 + self.below(3) {
            let pause = self.0.random_range(0..15 * SECOND);
            steps.push(step(pause, Letter::Answers(ANA, Answer::Edit)));
            if self.chance(20) {
                steps.push(step(0, self.neighbours()));
            }
        }
        steps
    }

    /// What is held is kept briefly, listed, sent or dropped; the customer comes back, or not.
    pub(super) fn expiring(&mut self, stage: &mut Stage) -> Vec<Step> {
        stage.people = 1;
        stage.numbers = 1;
        stage.choices.refuse = false;
        stage.choices.brief = true;
        let mut steps = vec![step(0, Letter::Says(ANA, Saying::Text))];
        let mut pause = self.0.random_range(24 * HOUR..25 * HOUR);
        for _ in 0..1 + self.below(3) {
            steps.push(step(pause, Letter::Answers(ANA, Answer::Text)));
            pause = self.0.random_range(0..40 * MINUTE);
        }
        for _ in 0..1 + self.below(3) {
            let letter = match self.below(10) {
                0..=4 => Letter::Ticks,
                5..=6 => Letter::Answers(ANA, self.asks()),
                7 => Letter::Says(ANA, Saying::Text),
                8 => Letter::Answers(ANA, Answer::Edit),
                _ => Letter::Chooses(self.choices()),
            };
            steps.push(step(pause, letter));
            pause = self.0.random_range(0..50 * MINUTE);
        }
        steps
    }
}
