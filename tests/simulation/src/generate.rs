//! From a seed to a history.

use bridge_harness::Fault;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

use crate::history::{
    Again, Answer, Ask, Audience, Choices, EndpointMishap, Faults, History, Letter, Mishap,
    Neighbour, Queue, Route, Saying, SendMishap, Stage, Step, Storm, Who, Wish,
};

mod themes;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

const ANA: Who = Who {
    person: 0,
    number: 0,
};

fn step(after_ms: u64, letter: Letter) -> Step {
    Step { after_ms, letter }
}

/// The history of a seed: the same one for ever, as long as the alphabet stays the same.
pub fn history(seed: u64) -> History {
    let mut dice = Dice(Pcg64Mcg::seed_from_u64(seed));
    let kind = dice.below(100);
    let mut stage = dice.stage();
    let steps = match kind {
        0..=9 => return dice.isolated(seed, stage),
        10..=17 => dice.held(&mut stage),
        18..=24 => dice.hiding(&mut stage),
        25..=31 => dice.failing(&mut stage),
        32..=38 => dice.sending(&stage),
        39..=43 => dice.losing(&mut stage),
        44..=48 => dice.expiring(&mut stage),
        49..=52 => dice.changing(&mut stage),
        _ => dice.anything(&stage),
    };
    let faults = match dice.below(100) {
        0..=9 => Faults::default(),
        10..=64 => dice.points(),
        _ => dice.storm(),
    };
    History {
        seed,
        stage,
        steps,
        faults,
    }
}

struct Dice(Pcg64Mcg);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0.random_range(0..n)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn stage(&mut self) -> Stage {
        Stage {
            numbers: 1 + usize::from(self.chance(30)),
            people: self.one(&[1, 1, 1, 2, 2, 3]),
            rocketchat: self.one(&[8, 8, 8, 7, 6]),
            limiter: self.chance(80),
            statuses_backwards: self.chance(20),
            refusal_by_status: self.chance(20),
            greetings: self.chance(40),
            choices: self.choices(),
            called_back: self.chance(40),
            reopens: self.chance(25),
        }
    }

    fn choices(&mut self) -> Choices {
        Choices {
            resend: self.chance(25),
            refuse: self.chance(20),
            notices: self.chance(90),
            corrects: self.chance(30),
            brief: self.chance(15),
        }
    }

    fn who(&mut self, stage: &Stage) -> Who {
        Who {
            person: self.below(stage.people),
            number: self.below(stage.numbers),
        }
    }

    fn queue(&mut self) -> Queue {
        self.one(&[
            Queue::Inbound,
            Queue::Outbound,
            Queue::Statuses,
            Queue::Bulk,
            Queue::Callbacks,
        ])
    }

    /// How long nothing happens: mostly moments, sometimes minutes, seldom a day.
    fn pause(&mut self) -> u64 {
        match self.below(100) {
            0..=39 => 0,
            40..=69 => self.0.random_range(1..3 * SECOND),
            70..=84 => self.0.random_range(SECOND..40 * SECOND),
            85..=93 => self.0.random_range(MINUTE..20 * MINUTE),
            94..=96 => self.0.random_range(HOUR..5 * HOUR),
            _ => self.0.random_range(23 * HOUR..27 * HOUR),
        }
    }

    fn anything(&mut self, stage: &Stage) -> Vec<Step> {
        let mut steps = vec![step(0, self.says(stage))];
        for _ in 0..1 + self.below(5) {
            steps.push(self.step(stage));
        }
        // what people do is what the invariants are about: histories end with some of it
        for _ in 0..1 + self.below(2) {
            let letter = self.people(stage);
            steps.push(step(self.pause(), letter));
        }
        steps
    }

    fn sends(&mut self, stage: &Stage) -> Letter {
        let who = self.who(stage);
        Letter::Sends(match self.below(4) {
            0..=1 => Audience {
                number: who.number,
                person: Some(who.person),
                strangers: 0,
            },
            2 => Audience {
                number: who.number,
                person: None,
                strangers: 0,
            },
            _ => Audience {
                number: who.number,
                person: None,
                strangers: 1 + self.below(4),
            },
        })
    }

    fn wish(&mut self) -> Wish {
        self.one(&[Wish::Pause, Wish::Resume, Wish::Resume, Wish::Cancel])
    }

    fn step(&mut self, stage: &Stage) -> Step {
        let letter = match self.below(100) {
            0..=59 => self.people(stage),
            60..=69 => self.operator(stage),
            70..=84 => self.neighbours(),
            _ => self.machinery(stage),
        };
        step(self.pause(), letter)
    }

    fn says(&mut self, stage: &Stage) -> Letter {
        let who = self.who(stage);
        let saying = match self.below(20) {
            0..=11 => Saying::Text,
            12 => Saying::Choice,
            13..=14 => Saying::Quote,
            15..=16 => Saying::Reaction,
            17..=18 => Saying::File,
            _ => Saying::Gone,
        };
        Letter::Says(who, saying)
    }

    fn people(&mut self, stage: &Stage) -> Letter {
        let who = self.who(stage);
        match self.below(100) {
            0..=39 => self.says(stage),
            40..=44 => Letter::Body {
                number: who.number,
                each: 1 + self.below(3),
            },
            45..=79 => {
                let answer = match self.below(20) {
                    0..=9 => Answer::Text,
                    10 => self.asks(),
                    11..=12 => Answer::Long,
                    13..=14 => Answer::Quote,
                    15..=16 => Answer::Edit,
                    17 => Answer::File,
                    18 => Answer::Archive,
                    _ => Answer::Offer,
                };
                Letter::Answers(who, answer)
            }
            80..=86 => Letter::Closes(who),
            87 => Letter::Loses(who),
            88..=89 => Letter::Reads(who),
            90 => self.sends(stage),
            91 => Letter::Posts(who),
            92..=95 => Letter::Hides(who.person, self.chance(60)),
            96 => Letter::Renumbers(who.person),
            97 => Letter::Reidentifies(who.person),
            _ => Letter::GainsId(who.person),
        }
    }

    fn asks(&mut self) -> Answer {
        Answer::Asks(self.one(&[Ask::Held, Ask::Send, Ask::Send, Ask::Drop]))
    }

    fn operator(&mut self, stage: &Stage) -> Letter {
        let who = self.who(stage);
        match self.below(10) {
            0..=1 => Letter::Removes(who),
            2..=4 => Letter::Agents(self.chance(50)),
            5..=7 => Letter::Chooses(self.choices()),
            8 => Letter::Enables(who.number, self.chance(60)),
            _ => Letter::ChangesKey(who.number),
        }
    }

    fn mishap(&mut self) -> Mishap {
        let throttle = Mishap::Throttle(self.0.random_range(1_000..120_000));
        self.one(&[
            Mishap::Error,
            Mishap::Html,
            Mishap::Silence,
            Mishap::Unauthorized,
            throttle,
            Mishap::ErrorAfter,
            Mishap::SilenceAfter,
        ])
    }

    fn neighbours(&mut self) -> Letter {
        match self.below(100) {
            0..=39 => Letter::Send(self.send_mishap()),
            40..=69 => {
                let route = self.one(&[
                    Route::Visitor,
                    Route::Room,
                    Route::Message,
                    Route::Note,
                    Route::Upload,
                ]);
                Letter::Route(route, self.mishap())
            }
            70..=84 => {
                let neighbour = self.one(&[Neighbour::Rocketchat, Neighbour::Whatsapp]);
                let mishap = self.one(&[
                    Mishap::Error,
                    Mishap::Html,
                    Mishap::Silence,
                    Mishap::Unauthorized,
                    Mishap::Throttle(30_000),
                ]);
                let short = self.0.random_range(SECOND..10 * MINUTE);
                let long = self.0.random_range(HOUR..26 * HOUR);
                let span = if self.chance(85) { short } else { long };
                Letter::Outage(neighbour, mishap, span)
            }
            85..=87 => {
                let spans = [SECOND..MINUTE, MINUTE..HOUR, HOUR..26 * HOUR];
                let span = spans[self.below(spans.len())].clone();
                Letter::KeyRefused(self.0.random_range(span))
            }
            88..=90 => Letter::Statuses(self.chance(50)),
            91..=93 => self.endpoint(),
            94 => Letter::Restarts,
            95 => Letter::ComesAfterAll,
            _ => Letter::Shuffles(self.chance(70)),
        }
    }

    /// The status endpoint is not well; where there is none nothing happens.
    fn endpoint(&mut self) -> Letter {
        let throttle = EndpointMishap::Throttle(self.0.random_range(1..400));
        let mishap = self.one(&[
            EndpointMishap::Answers(500),
            EndpointMishap::Answers(503),
            EndpointMishap::Answers(404),
            EndpointMishap::Answers(410),
            EndpointMishap::Redirects,
            EndpointMishap::Silence,
            throttle,
        ]);
        let spans = [SECOND..20 * MINUTE, MINUTE..HOUR, HOUR..100 * HOUR];
        let span = spans[self.below(spans.len())].clone();
        Letter::Endpoint(mishap, self.0.random_range(span))
    }

    fn send_mishap(&mut self) -> SendMishap {
        let throttle = SendMishap::Throttle(self.0.random_range(1..40));
        self.one(&[
            SendMishap::LoseAnswer,
            SendMishap::LoseAnswer,
            SendMishap::ErrorAfter,
            SendMishap::ErrorBefore,
            SendMishap::Html,
            throttle,
            SendMishap::Refuse(131_056),
            SendMishap::Refuse(131_047),
            SendMishap::Refuse(131_026),
            SendMishap::Refuse(130_429),
            SendMishap::Refuse(131_042),
            SendMishap::FailByStatus(131_026),
            SendMishap::FailByStatus(131_047),
            SendMishap::FailByStatus(131_053),
        ])
    }

    fn machinery(&mut self, stage: &Stage) -> Letter {
        let queue = self.queue();
        match self.below(100) {
            0..=24 => Letter::Again(self.one(&[
                Again::AtOnce,
                Again::After(1_000),
                Again::After(301_000),
                Again::After(7 * 86_400_000 - 3_600_000),
            ])),
            25..=34 => Letter::Gathers(self.0.random_range(100..20 * SECOND)),
            35..=49 => Letter::Lapses(queue),
            50..=57 => Letter::Receives(queue, self.one(&[1, 2, 3, 5, 20, 1000])),
            58..=69 => Letter::Pauses(queue, self.0.random_range(100..60 * SECOND)),
            70..=74 => Letter::Deploys,
            75..=77 => Letter::OldTask(self.who(stage)),
            78..=79 => Letter::OldAnswer(self.who(stage)),
            80 => Letter::OldStatus(self.who(stage)),
            81 => Letter::Forges(self.who(stage)),
            82..=83 => Letter::FutureTask(queue),
            84..=89 => Letter::Skews(queue, self.0.random_range(-300_000..300_000)),
            90..=95 => Letter::Ticks,
            _ => Letter::Sweeps,
        }
    }

    fn fault(&mut self) -> Fault {
        self.one(&[
            Fault::Kill,
            Fault::Kill,
            Fault::Before,
            Fault::After,
            Fault::After,
            Fault::Slow,
            Fault::Refuse,
            Fault::Partial,
            Fault::Panic,
        ])
    }

    fn points(&mut self) -> Faults {
        let count = 1 + self.below(3);
        let points = (0..count).map(|_| (1 + self.below(90), self.fault()));
        Faults {
            points: points.collect(),
            ..Faults::default()
        }
    }

    fn storm(&mut self) -> Faults {
        let storm = Storm {
            per_mille: self.0.random_range(20..350),
            from: 1 + self.below(40),
            for_ms: self.0.random_range(1_000..600_000),
        };
        Faults {
            storm: Some(storm),
            ..Faults::default()
        }
    }
}
