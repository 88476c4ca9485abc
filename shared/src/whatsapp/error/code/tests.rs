use super::Retry::{Backoff, Fix, Key, Never, Once, Pair, Stop};
use super::*;

/// The reference's own rows (§3), each code with its class and its advice.
const REFERENCE: &[(&[i64], Retry, Advice)] = &[
    (&[0, 190, 401], Key, Advice::KeyRefused),
    (
        &[3, 10, 200, 201, 250, 299, 131_005],
        Fix,
        Advice::PermissionMissing,
    ),
    (&[1, 131_000, 135_000], Once, Advice::Unavailable),
    (
        &[2, 131_016, 131_057, 133_004, 2_494_100],
        Backoff,
        Advice::Unavailable,
    ),
    (&[4, 429, 613, 80007, 130_429], Backoff, Advice::TooFast),
    (&[131_056], Pair, Advice::TooFast),
    (&[33, 131_045, 133_010], Stop, Advice::NotRegistered),
    (&[133_016], Fix, Advice::NotRegistered),
    (
        &[100, 131_008, 131_009, 2_388_040, 2_388_047, 2_388_072],
        Never,
        Advice::ContentRefused,
    ),
    (
        &[2_388_073, 2_388_293, 2_388_299],
        Never,
        Advice::ContentRefused,
    ),
    (&[368, 131_031], Stop, Advice::AccountBlocked),
    (&[403], Stop, Advice::NumberBlocked),
    (&[130_497], Fix, Advice::CountryRestricted),
    (
        &[130_472, 131_049, 472],
        Never,
        Advice::MarketingNotDelivered,
    ),
    (&[131_014, 131_052], Never, Advice::FileRefused),
    (&[131_053], Once, Advice::FileRefused),
    (&[131_021], Never, Advice::SameNumber),
    (&[131_026, 1013], Never, Advice::NotReachable),
    (&[131_030], Never, Advice::NotInTestList),
    (&[131_037], Stop, Advice::DisplayName),
    (&[402, 131_042, 131_044], Stop, Advice::Payment),
    (&[131_047, 470], Never, Advice::WindowClosed),
    (&[131_048, 471], Never, Advice::SpamLimit),
    (&[131_050], Never, Advice::MarketingStopped),
    (&[131_051, 131_060], Never, Advice::KindUnsupported),
    (&[131_062], Never, Advice::NumberNeeded),
    (&[131_063], Fix, Advice::MarketingOff),
    (&[131_064], Fix, Advice::MessagingLimit),
    (
        &[132_000, 132_005, 132_008, 132_012],
        Never,
        Advice::TemplateParameters,
    ),
    (&[132_001], Never, Advice::TemplateMissing),
    (&[132_007], Never, Advice::TemplatePolicy),
    (&[132_015], Never, Advice::TemplatePaused),
    (&[132_016], Never, Advice::TemplateDisabled),
    (&[132_068], Never, Advice::FormStopped),
    (&[132_069], Backoff, Advice::FormStopped),
    (&[137_000], Never, Advice::IdentityChanged),
    (&[139_100, 139_101, 139_102], Never, Advice::Other),
    (&[139_103], Once, Advice::Other),
    (&[2_388_019], Fix, Advice::Other),
    // beside the reference: what nobody knows
    (&[-1, 5, 199, 300, 131_059, 999_999], Never, Advice::Other),
];

#[test]
fn every_code_of_the_reference_has_its_class_and_its_advice() {
    for (codes, retry, advice) in REFERENCE {
        for code in *codes {
            assert_eq!(
                (retry_of(*code), advice_for(*code)),
                (*retry, *advice),
                "{code}"
            );
        }
    }
}

#[test]
fn no_code_stands_twice_and_none_is_untested() {
    for (n, (first, last, ..)) in CODES.iter().enumerate() {
        assert!(first <= last);
        let others = CODES.iter().skip(n + 1);
        let apart = |(from, to, ..): &Row| to < first || from > last;
        assert!(others.clone().all(apart), "{first} stands twice");
        for code in [first, last] {
            let tested = REFERENCE.iter().any(|(codes, ..)| codes.contains(code));
            assert!(tested, "{code}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_number_is_not_wrong_with_its_files() {
    for code in [33, 100, 404, 410] {
        assert_eq!(FileRefusal::of(code), FileRefusal::Gone);
    }
    for code in [
        3, 10, 200, 299, 368, 400, 402, 403, 131_031, 131_044, 133_010,
    ] {
        assert_eq!(FileRefusal::of(code), FileRefusal::Number);
    }
    for code in [0, 416, 131_051, 131_053] {
        assert_eq!(FileRefusal::of(code), FileRefusal::Other);
    }
}
