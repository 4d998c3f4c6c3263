//! Events: any that can be said, also those an engine would refuse.

use super::{Decode, DecodeError, Encode, Sink, Source, tagged};
use crate::engine::Event;

tagged! {
    Event, "event" {
        0 Configure(params),
        1 List { expiry, strikes },
        2 Market(update),
        3 Clock { now },
        4 Deposit { account, cash, base },
        5 Withdraw { account, cash, base },
        6 Trade(order),
        7 Hedge { quantity, cash },
        8 Fix { expiry, price },
        9 Settle { expiry },
        10 Provide { account, cash },
        11 Redeem { account, shares },
        12 Liquidate { account, bidder, wanted },
        13 Absorb { account },
        14 Pledge { account, asset, units },
        15 Release { account, asset, units },
        16 Dispose { asset, units, cash },
        17 Accrue { account },
    }
}
