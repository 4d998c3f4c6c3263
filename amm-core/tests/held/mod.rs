//! What tests of the engine's events share: every one held to all that must hold after it.

use amm_core::engine::{Engine, Event, Outcome, Reject, invariants};

/// Applies what passes, holds it to the invariants and to a snapshot there and back; what is refused leaves
/// no trace.
pub(crate) fn offered(engine: &mut Engine, event: &Event) -> Result<Outcome, Reject> {
    let before = engine.digest();
    let answer = engine.apply(event);
    invariants::check(engine).unwrap();
    if answer.is_err() {
        assert_eq!(engine.digest(), before);
    }
    let again = Engine::restore(&engine.snapshot()).unwrap();
    assert_eq!(again.digest(), engine.digest());
    assert_eq!(again.margins(), engine.margins());
    assert_eq!(again.assets(), engine.assets());
    answer.map(|receipt| receipt.outcome)
}
