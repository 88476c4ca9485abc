//! How the modelled platform behaves, and the ways in which it can fail.

/// When a refusal that the platform finds only while delivering reaches the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusing {
    /// As the answer of `POST /messages`.
    AtOnce,
    /// 200 first, then a status `failed`.
    ByStatus,
}

/// The platform's behaviour; every member may be changed later with
/// [`Dialog360::tune`](super::Dialog360::tune).
#[derive(Clone, Debug)]
pub struct Options {
    /// `entry[].id` of every webhook.
    pub waba_id: String,
    /// Where the counter behind all ids begins. A run that goes on with the data of an earlier one
    /// begins at its start time, so that no id comes again.
    pub first_id: u64,
    /// `sent` (and `failed`) happens this long after the send.
    pub sent_after_ms: i64,
    /// `delivered` happens this long after the send.
    pub delivered_after_ms: i64,
    /// Statuses exist at all.
    pub statuses: bool,
    /// `delivered` is left out, as when the chat is open (360dialog reference §2.4).
    pub skip_delivered: bool,
    /// `delivered` arrives before `sent`.
    pub statuses_out_of_order: bool,
    /// Statuses do not echo `biz_opaque_callback_data`.
    pub without_callback_data: bool,
    /// Statuses other than `failed` carry `contacts[]` (§2.4).
    pub status_contacts: bool,
    /// Customers have read receipts on.
    pub read_receipts: bool,
    /// Customers registered by phone get a business-scoped user id (§2.7).
    pub user_ids: bool,
    /// Free-form messages need an inbound message of the last 24 hours (§5).
    pub window: bool,
    /// How 131047 is told.
    pub window_refusal: Refusing,
    /// How 131026 is told.
    pub recipient_refusal: Refusing,
    /// One message per 6 s and recipient, 45 borrowed ahead (§1.5); off: never 131056.
    pub pair_limit: bool,
    /// Messages per second and number, both directions together (§1.5).
    pub throughput: usize,
    /// `error_data` is a bare string instead of an object (§1.5).
    pub error_data_as_text: bool,
    /// Webhook URLs are taken as they are: `http:`, ports and underscores too (local runs).
    pub allow_any_webhook_url: bool,
    /// A change of the WABA-level webhook takes effect after this time (§1.7).
    pub waba_webhook_after_ms: i64,
    /// A webhook not answered within this time counts as failed (§1.7).
    pub webhook_answer_ms: u64,
    /// Pause before the first repetition of a webhook; doubles from there.
    pub retry_first_ms: i64,
    /// Longest pause between two repetitions.
    pub retry_cap_ms: i64,
    /// Repetitions end this long after the first attempt (§1.7: 7 days).
    pub retry_for_ms: i64,
    /// Webhook calls in flight at a time in one `deliver_due`; 1 keeps them in order.
    pub concurrent_webhooks: usize,
    /// A duplicated webhook comes again after this time.
    pub duplicate_after_ms: i64,
    /// [`shuffle`](super::Dialog360::shuffle) delays a webhook by less than this.
    pub shuffle_within_ms: i64,
    /// Inbound media carry `url` (§1.6, since November 2025).
    pub media_url_in_webhook: bool,
    /// A download URL lives this long (§1.6: 5 minutes).
    pub media_url_ms: i64,
    /// Downloads are no faster than this; 0: all at once.
    pub media_bytes_per_second: usize,
    /// Documents of any MIME type are taken (§1.6, unconfirmed).
    pub accept_any_document: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            waba_id: "102290129340398".to_owned(),
            first_id: 0,
            sent_after_ms: 300,
            delivered_after_ms: 800,
            statuses: true,
            skip_delivered: false,
            statuses_out_of_order: false,
            without_callback_data: false,
            status_contacts: true,
            read_receipts: true,
            user_ids: true,
            window: true,
            window_refusal: Refusing::AtOnce,
            recipient_refusal: Refusing::AtOnce,
            pair_limit: true,
            throughput: 80,
            error_data_as_text: false,
            allow_any_webhook_url: false,
            waba_webhook_after_ms: 15_000,
            webhook_answer_ms: 5_000,
            retry_first_ms: 1_000,
            retry_cap_ms: 3_600_000,
            retry_for_ms: 7 * 86_400_000,
            concurrent_webhooks: 1,
            duplicate_after_ms: 2_000,
            shuffle_within_ms: 3_000,
            media_url_in_webhook: true,
            media_url_ms: 300_000,
            media_bytes_per_second: 0,
            accept_any_document: false,
        }
    }
}

/// What happens to one `POST /messages` (mark-read calls are not affected).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendFault {
    /// A well-formed Graph error with this status, code and `error_data.details`.
    Refuse {
        /// HTTP status.
        http: u16,
        /// Meta's code.
        code: u32,
        /// `error_data.details`.
        details: String,
    },
    /// 360dialog's own refusal, which has words and no code (§1.5).
    RefuseInWords {
        /// HTTP status.
        http: u16,
        /// The words.
        words: String,
    },
    /// The message is accepted and goes out, yet no answer ever comes.
    LoseAnswer,
    /// The message is accepted and goes out, yet this status is answered.
    ErrorAfterAccept {
        /// HTTP status.
        http: u16,
    },
    /// This status with a bare text; the message is not accepted.
    ErrorBefore {
        /// HTTP status.
        http: u16,
    },
    /// 360dialog's capacity limit: 429 with `Retry-After`; the message is not accepted.
    Throttle429 {
        /// Seconds.
        retry_after: u64,
    },
    /// 502 with an HTML page, as from a proxy; the message is not accepted.
    Html,
}

/// What every route answers while the platform is down; nothing is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// This status with 360dialog's `{"error":"…"}`.
    Status(u16),
    /// 429 with `Retry-After`.
    Throttled {
        /// Seconds.
        retry_after: u64,
    },
    /// 502 with an HTML page.
    Html,
    /// No answer, ever.
    Silence,
}
