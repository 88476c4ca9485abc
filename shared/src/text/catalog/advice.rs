//! The sentences of advice: one per cause that an agent or an administrator would act on differently.

use super::Language;

/// The sentences in one table: the variant, and the message of the catalogue's files.
macro_rules! advice {
    ($($(#[$doc:meta])* $name:ident = $key:literal,)*) => {
        /// A sentence of advice to an agent: why a message did not go through, and what to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Advice {
            $($(#[$doc])* $name,)*
        }

        impl Advice {
            /// Every sentence there is.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            fn key(self) -> &'static str {
                match self {
                    $(Self::$name => $key,)*
                }
            }
        }
    };
}

advice! {
    /// A neighbour does not answer, or cannot do its work.
    Unavailable = "advice-unavailable",
    /// The 24-hour window is closed; the message is refused.
    WindowClosed = "advice-window-closed",
    /// The 24-hour window is closed; the message is held.
    Held = "advice-held",
    /// A held message was not sent in time.
    HeldTooLong = "advice-held-too-long",
    /// A held message was dropped because somebody asked for it.
    HeldDropped = "advice-held-dropped",
    /// The person cannot be reached by WhatsApp.
    NotReachable = "advice-not-reachable",
    /// The recipient is the business number itself.
    SameNumber = "advice-same-number",
    /// The number is in test mode, and the person not on its list.
    NotInTestList = "advice-not-in-test-list",
    /// A phone number is needed, a user id is not enough.
    NumberNeeded = "advice-number-needed",
    /// The person's security code has changed.
    IdentityChanged = "advice-identity-changed",
    /// The number's key, account or payment is the problem.
    NumberBlocked = "advice-number-blocked",
    /// The key is refused.
    KeyRefused = "advice-key-refused",
    /// The number lacks a permission.
    PermissionMissing = "advice-permission-missing",
    /// The account is blocked or restricted.
    AccountBlocked = "advice-account-blocked",
    /// The business may not write to this country.
    CountryRestricted = "advice-country-restricted",
    /// The display name is not approved.
    DisplayName = "advice-display-name",
    /// The payment is the problem.
    Payment = "advice-payment",
    /// The number is not registered, or not any more.
    NotRegistered = "advice-not-registered",
    /// WhatsApp slows us down.
    TooFast = "advice-too-fast",
    /// WhatsApp slows the number down because people complained.
    SpamLimit = "advice-spam-limit",
    /// WhatsApp chose not to deliver marketing to this person now.
    MarketingNotDelivered = "advice-marketing-not-delivered",
    /// The person wants no marketing.
    MarketingStopped = "advice-marketing-stopped",
    /// The number may send no marketing at all.
    MarketingOff = "advice-marketing-off",
    /// WhatsApp limits the business because of its templates.
    MessagingLimit = "advice-messaging-limit",
    /// The content was refused.
    ContentRefused = "advice-content-refused",
    /// The kind of message is not supported.
    KindUnsupported = "advice-kind-unsupported",
    /// The file was refused.
    FileRefused = "advice-file-refused",
    /// The file could not be fetched from Rocket.Chat.
    FileNotFetched = "advice-file-not-fetched",
    /// The file was taken in no form, and no link to it could be made.
    FileFailed = "advice-file-failed",
    /// The template's values do not fit.
    TemplateParameters = "advice-template-parameters",
    /// There is no such template, or it is not approved.
    TemplateMissing = "advice-template-missing",
    /// The template breaks a rule.
    TemplatePolicy = "advice-template-policy",
    /// The template is paused.
    TemplatePaused = "advice-template-paused",
    /// The template is disabled for good.
    TemplateDisabled = "advice-template-disabled",
    /// The form in the message is blocked or slowed down.
    FormStopped = "advice-form-stopped",
    /// Nobody knows whether it arrived.
    OutcomeUnknown = "advice-outcome-unknown",
    /// It got too old before it could be sent.
    TooOld = "advice-too-old",
    /// An edit cannot be carried over.
    EditsUnsupported = "advice-edits-unsupported",
    /// A message that was given up was changed.
    EditUnsent = "advice-edit-unsent",
    /// The connection is gone or switched off.
    NotConnected = "advice-not-connected",
    /// We do not know whom this room belongs to.
    UnknownContact = "advice-unknown-contact",
    /// Something else, named by its code.
    Other = "advice-other",
}

impl Advice {
    /// The sentence.
    pub fn sentence(self, language: Language) -> String {
        language.say(self.key(), &[])
    }
}
