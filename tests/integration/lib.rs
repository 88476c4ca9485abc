//! Nothing is here: this package is its tests.
