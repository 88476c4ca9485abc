//! The simulation itself: a seed is a course, failures are seen and made smaller.

use bridge::mutant::{self, Mutant};
use bridge_simulation::check::Invariant;
use bridge_simulation::{disorder, ears, generate, mutants, run, shrink};

#[test]
fn a_seed_gives_one_course_and_breaks_nothing() {
    ears::open();
    for seed in 1..=40 {
        let history = generate::history(seed);
        assert_eq!(history, generate::history(seed));
        let (verdict, course) = run(&history);
        assert!(verdict.violations.is_empty(), "seed {seed}: {verdict:?}");
        assert_eq!(run(&history).1, course, "seed {seed}");
    }
}

#[test]
fn statuses_in_disorder_are_told_once_and_never_go_back() {
    let figures = disorder::play(3_000, 1);
    assert!(figures.hold(), "{figures:?}");
    assert_eq!((figures.statuses, figures.distinct), (3_000, 1_200));
    assert_eq!(figures.repeats, 0);
    mutant::set(Some(Mutant::StatusAsItComes));
    let broken = disorder::play(3_000, 1);
    mutant::set(None);
    assert!(broken.back > 0 && broken.wrong > 0, "{broken:?}");
}

#[test]
fn a_history_can_be_kept_as_json() {
    for seed in 1..200 {
        let history = generate::history(seed);
        let json = serde_json::to_string(&history).unwrap();
        assert_eq!(serde_json::from_str(&json).ok(), Some(history));
    }
}

#[test]
fn broken_variants_are_caught_and_their_histories_made_smaller() {
    ears::open();
    let mutant = Mutant::PostIdPerReceive;
    let caught = mutants::hunt(mutant, 1, 200).unwrap();
    assert!(caught.violated.contains(&Invariant::DuplicateInwards));
    let history = generate::history(caught.seed);
    mutant::set(Some(mutant));
    let smaller = shrink::shrink(&history);
    let (verdict, _) = run(&smaller);
    mutant::set(None);
    assert!(smaller.steps.len() <= history.steps.len());
    assert!(smaller.steps.len() <= 3, "{smaller:?}");
    assert!(!verdict.violations.is_empty());
}

#[test]
fn every_invariant_has_a_mutant_aimed_at_it() {
    for invariant in Invariant::ALL {
        let aimed = |mutant: &&Mutant| mutants::aim(**mutant) == invariant;
        assert!(
            Mutant::ALL.iter().any(|mutant| aimed(&mutant)),
            "{invariant:?}"
        );
    }
}
