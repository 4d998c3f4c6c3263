//! Decimals for people: exact text to numbers and back, without a float in between.
