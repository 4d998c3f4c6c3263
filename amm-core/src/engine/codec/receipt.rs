//! Receipts, and what a receipt says of a turn of the queue.

use super::{Decode, DecodeError, Encode, Sink, Source, fields, tagged};
use crate::engine::{
    Absorbed, Funded, Liquidated, Loss, Outcome, Receipt, Revalued, SettledExpiry, Traded,
};
use crate::quote::Parts;
use crate::risk::{Action, Outcome as Turn, Refusal, Request};

fields! {
    Receipt { sequence, now, hedge, outcome }
    Parts { base, skew, flow, spread, fee }
    Traded { account, parts, total, owed, gain_max }
    Revalued { skew_released, flow_released, turns, supply }
    SettledExpiry { paid, received, received_base, seized, owed, unpaid, loss, dust }
    Liquidated { account, bidder, bid, units, loss }
    Absorbed { account, total, funding, base, seized, loss }
    Funded { account, paid, owed }
    Loss { claim, insurance, providers, owed }
    Request { account, action }
}

tagged! {
    Outcome, "outcome" {
        0 Done,
        1 Traded(traded),
        2 Revalued(revalued),
        3 Settled(settled),
        4 Liquidated(liquidated),
        5 Absorbed(absorbed),
        6 Funded(funded),
    }
}
tagged! { Action, "request" { 0 Provide(cash), 1 Redeem(shares) } }
tagged! {
    Turn, "turn of a request" {
        0 Minted { shares },
        1 Paid { cash, burnt, left },
        2 Waits,
        3 Refused(refusal),
    }
}
tagged! { Refusal, "refusal" { 0 Nothing, 1 TooSmall { minted }, 2 TooLarge } }
