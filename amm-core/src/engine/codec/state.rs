//! All that an engine remembers.

use super::{Decode, DecodeError, Encode, Fault, Sink, Source, fields};
use crate::book::Inventory;
use crate::engine::{FundingBook, Params, Pool, State};
use crate::risk::{Hedge, QUEUE_MAX, Queue};

fields! {
    Hedge { position, cash, since }
    Pool {
        cash, hedge, supply, insurance, treasury, owed, waiting, skew_paid, skew_reserve, flow_paid,
        flow_reserve, cash_from_outside, base_from_outside, seized, assets,
    }
}

impl Encode for Queue {
    fn encode(&self, out: &mut impl Sink) {
        self.as_slice().encode(out);
    }
}

impl Decode for Queue {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let at = from.at();
        let requests = from.list("requests", QUEUE_MAX as u32)?;
        Self::try_from(requests).map_err(|error| Fault::from(error).at(at))
    }
}

impl Encode for State {
    fn encode(&self, out: &mut impl Sink) {
        let Self {
            params,
            now,
            sequence,
            market,
            inventory,
            flow,
            flow_at,
            realised,
            fixings,
            accounts,
            pool,
            queue,
            watch,
            funding,
        } = self;
        params.encode(out);
        now.encode(out);
        sequence.encode(out);
        market.encode(out);
        inventory.encode(out);
        flow.encode(out);
        flow_at.encode(out);
        realised.encode(out);
        map(fixings.iter(), out);
        map(accounts.iter(), out);
        pool.encode(out);
        queue.encode(out);
        watch.encode(out);
        funding.encode(out);
    }
}

pub(super) fn map<'a, K: Encode + 'a, V: Encode + 'a>(
    entries: impl ExactSizeIterator<Item = (&'a K, &'a V)>,
    out: &mut impl Sink,
) {
    u32::try_from(entries.len()).unwrap_or(u32::MAX).encode(out);
    for (key, value) in entries {
        key.encode(out);
        value.encode(out);
    }
}

/// Each part as it may be; that they agree is for
/// [`Engine::restore`](crate::engine::Engine::restore) to see.
impl Decode for State {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let expiries = Inventory::EXPIRIES_MAX as u32;
        Ok(Self {
            params: from.admit(|params: Params| params.check().map(|()| params))?,
            now: Decode::decode(from)?,
            sequence: Decode::decode(from)?,
            market: Decode::decode(from)?,
            inventory: Decode::decode(from)?,
            flow: from.list("flows", expiries)?,
            flow_at: Decode::decode(from)?,
            realised: Decode::decode(from)?,
            fixings: from.map("fixings", expiries)?,
            accounts: from.map("accounts", Self::ACCOUNTS_MAX as u32)?,
            pool: Decode::decode(from)?,
            queue: Decode::decode(from)?,
            watch: Decode::decode(from)?,
            funding: Decode::decode(from)?,
        })
    }
}

impl Encode for FundingBook {
    fn encode(&self, out: &mut impl Sink) {
        let Self { rate, indices, credit } = self;
        rate.encode(out);
        map(indices.iter(), out);
        credit.encode(out);
    }
}

impl Decode for FundingBook {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let most = 2 * (Inventory::EXPIRIES_MAX * Inventory::STRIKES_MAX) as u32;
        Ok(Self {
            rate: Decode::decode(from)?,
            indices: from.map("indices", most)?,
            credit: Decode::decode(from)?,
        })
    }
}
