//! Letters of 360dialog and Rocket.Chat.

use bridge_simulators::endpoint::Manner;
use bridge_simulators::whatsapp::SendFault;
use bridge_simulators::{rocketchat, whatsapp};

use super::{End, Play};
use crate::history::{Again, EndpointMishap, Mishap, Neighbour, Route, SendMishap};

impl Play<'_> {
    pub(super) fn again(&self, again: Again) {
        match again {
            Again::AtOnce => self.world.deliver_next_twice_at_once(),
            Again::After(ms) => {
                self.world
                    .whatsapp
                    .tune(|options| options.duplicate_after_ms = ms);
                self.world.whatsapp.duplicate_next();
            }
        }
    }

    pub(super) fn gathers(&mut self, ms: u64) {
        self.world.whatsapp.merge(true);
        self.world.whatsapp.hold_webhooks(true);
        self.ends_in(ms, End::Gathering);
    }

    pub(super) fn send(&mut self, mishap: SendMishap) {
        let whatsapp = &self.world.whatsapp;
        let fault = match mishap {
            SendMishap::FailByStatus(code) => {
                whatsapp.fail_next_status(code, "refused");
                return;
            }
            SendMishap::LoseAnswer => SendFault::LoseAnswer,
            SendMishap::ErrorAfter => SendFault::ErrorAfterAccept { http: 502 },
            SendMishap::ErrorBefore => SendFault::ErrorBefore { http: 500 },
            SendMishap::Html => SendFault::Html,
            SendMishap::Throttle(retry_after) => {
                self.evidence.announce(retry_after * 1_000);
                SendFault::Throttle429 { retry_after }
            }
            SendMishap::Refuse(code) => SendFault::Refuse {
                http: 400,
                code,
                details: "refused".to_owned(),
            },
        };
        whatsapp.fail_next_send(fault);
    }

    pub(super) fn endpoint(&mut self, mishap: EndpointMishap, ms: u64) {
        self.world.endpoint.set_manner(match mishap {
            EndpointMishap::Answers(status) => Manner::Answers(status),
            EndpointMishap::Throttle(seconds) => Manner::Later(429, seconds),
            EndpointMishap::Redirects => Manner::Redirects,
            EndpointMishap::Silence => Manner::Silent,
        });
        self.ends_in(ms, End::Endpoint);
    }

    pub(super) fn route(&mut self, route: Route, mishap: Mishap) {
        let route = match route {
            Route::Visitor => "POST livechat/visitor",
            Route::Room => "GET livechat/room",
            Route::Message => "POST livechat/message",
            Route::Note => "POST chat.sendMessage",
            Route::Upload => "POST livechat/upload/:rid",
        };
        let outage = self.rocketchat_mishap(mishap);
        self.world.rocketchat.fail_next(route, 1, outage);
    }

    pub(super) fn outage(&mut self, neighbour: Neighbour, mishap: Mishap, span_ms: u64) {
        self.outages = self.outages.max(span_ms);
        match neighbour {
            Neighbour::Rocketchat => {
                let outage = self.rocketchat_mishap(mishap);
                self.world.rocketchat.outage(Some(outage));
                self.ends_in(span_ms, End::Rocketchat);
            }
            Neighbour::Whatsapp => {
                let outage = match mishap {
                    Mishap::Html => whatsapp::Outage::Html,
                    Mishap::Silence | Mishap::SilenceAfter => whatsapp::Outage::Silence,
                    Mishap::Throttle(ms) => {
                        let retry_after = ms.unsigned_abs() / 1_000;
                        self.evidence.announce(ms.unsigned_abs());
                        whatsapp::Outage::Throttled { retry_after }
                    }
                    Mishap::Unauthorized => whatsapp::Outage::Status(401),
                    Mishap::Error | Mishap::ErrorAfter => whatsapp::Outage::Status(503),
                };
                self.world.whatsapp.outage(Some(outage));
                self.ends_in(span_ms, End::Whatsapp);
            }
        }
    }

    pub(super) fn key_refused(&mut self, span_ms: u64) {
        let refused = whatsapp::Outage::Status(401);
        self.world.whatsapp.outage(Some(refused));
        self.ends_in(span_ms, End::Whatsapp);
    }

    /// Where 360dialog is down, its operator cannot do it.
    pub(super) async fn changes_key(&mut self, number: usize) {
        if !self.ends.iter().any(|(_, end)| *end == End::Whatsapp) {
            let key = self.world.change_key(number).await;
            self.evidence.keys.push(key);
        }
    }

    fn rocketchat_mishap(&mut self, mishap: Mishap) -> rocketchat::Outage {
        match mishap {
            Mishap::Error => rocketchat::Outage::Status(503),
            Mishap::Html => rocketchat::Outage::Html,
            Mishap::Silence => rocketchat::Outage::Silence,
            Mishap::Unauthorized => rocketchat::Outage::Status(401),
            Mishap::Throttle(ms) => {
                self.evidence.announce(ms.unsigned_abs());
                let reset_ms = self.world.now().millis() + ms;
                rocketchat::Outage::Throttled { reset_ms }
            }
            Mishap::ErrorAfter => rocketchat::Outage::StatusAfter(503),
            Mishap::SilenceAfter => rocketchat::Outage::SilenceAfter,
        }
    }
}
