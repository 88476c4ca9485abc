//! A conversation that has begun: what agents' messages are tried in.

use bridge::domain::settings::Settings;
use bridge_harness::{Setup, World};

/// The customer's number.
pub(super) const ANA: &str = "16505551234";

/// A customer's open room, in a world of its own.
pub(super) struct Room {
    pub w: World,
    pub ana: String,
    pub id: String,
}

impl Room {
    pub async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub async fn with(settings: Settings) -> Self {
        let setup = Setup {
            settings,
            ..Setup::default()
        };
        let w = World::with(setup).await;
        let ana = w.customer("Ana", ANA);
        w.says(&ana, "Hello");
        w.settle().await;
        let id = w.room(ANA).id;
        Self { w, ana, id }
    }
}
