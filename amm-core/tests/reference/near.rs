//! Exact values with what the engine may be off by: its kernels' stated bounds, carried along.

use std::collections::BTreeMap;

use crate::big::Big;

/// A value, and the most by which the engine's may differ from it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Near {
    pub(crate) at: Big,
    pub(crate) off: Big,
}

impl Near {
    pub(crate) fn exact(at: Big) -> Self {
        Self { at, off: Big::default() }
    }

    pub(crate) fn within(at: Big, off: Big) -> Self {
        Self { at, off }
    }

    /// With so much more room.
    pub(crate) fn and(self, off: &Big) -> Self {
        Self { off: &self.off + off, ..self }
    }

    /// With so many more units of 2⁻⁶⁴.
    pub(crate) fn and_ulps(self, ulps: i128) -> Self {
        self.and(&ulp(ulps))
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self { at: &self.at + &other.at, off: &self.off + &other.off }
    }

    pub(crate) fn minus(&self, other: &Self) -> Self {
        Self { at: &self.at - &other.at, off: &self.off + &other.off }
    }

    pub(crate) fn times(&self, other: &Self) -> Self {
        let (a, b) = (&self.at.abs() + &self.off, &other.off);
        let off = &(&a * b) + &(&self.off * &other.at.abs());
        Self { at: &self.at * &other.at, off }
    }

    pub(crate) fn scaled(&self, by: &Big) -> Self {
        Self { at: &self.at * by, off: &self.off * &by.abs() }
    }

    /// So many atoms of it.
    pub(crate) fn times_atoms(&self, atoms: i128) -> Self {
        Self { at: self.at.times_atoms(atoms), off: self.off.times_atoms(atoms.abs()) }
    }
}

pub(crate) fn ulp(count: i128) -> Big {
    &Big::int(count) * &Big::two_to(-64)
}

/// The worst of everything that was compared, by name.
#[derive(Debug, Default)]
pub(crate) struct Worst {
    quantities: BTreeMap<&'static str, Seen>,
    /// Roundings to an atom, and how many of them stood within the bound of the next one.
    pub(crate) roundings: (u64, u64),
    /// How often each reason refused an event.
    pub(crate) refused: BTreeMap<&'static str, u64>,
    /// How many events of each kind were taken.
    pub(crate) taken: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    count: u64,
    off: Big,
    /// The greatest value.
    most: Big,
    of_bound: Big,
}

impl Worst {
    /// Holds what the engine says to a value and its bound.
    pub(crate) fn hold(
        &mut self,
        what: &'static str,
        got: &Big,
        want: &Near,
    ) -> Result<(), String> {
        let off = (got - &want.at).abs();
        if off > want.off {
            return Err(format!("{what}: {got} for {}, off by {off}, bound {}", want.at, want.off));
        }
        let seen = self.quantities.entry(what).or_default();
        let share = |of: &Big| if of.is_zero() { Big::default() } else { &off / of };
        seen.count += 1;
        seen.most = seen.most.clone().max(want.at.abs());
        seen.of_bound = seen.of_bound.clone().max(share(&want.off));
        seen.off = seen.off.clone().max(off);
        Ok(())
    }

    /// Holds whole atoms to a value rounded down, or up: another number only where the value stands
    /// within its bound of the place where it changes.
    pub(crate) fn atoms(
        &mut self,
        what: &str,
        got: i128,
        want: &Near,
        up: bool,
    ) -> Result<(), String> {
        let billion = Big::int(1_000_000_000);
        let rounded = |x: &Big| {
            let atoms = x * &billion;
            if up { -(-&atoms).floor() } else { atoms.floor() }
        };
        let exact = rounded(&want.at);
        self.roundings.0 += 1;
        if got == exact {
            return Ok(());
        }
        self.roundings.1 += 1;
        let (low, high) = (rounded(&(&want.at - &want.off)), rounded(&(&want.at + &want.off)));
        if (low..=high).contains(&got) {
            return Ok(());
        }
        Err(format!("{what}: {got} atoms for {exact}, bound {}", want.off))
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (what, from) in other.quantities {
            let seen = self.quantities.entry(what).or_default();
            seen.count += from.count;
            seen.off = seen.off.clone().max(from.off);
            seen.most = seen.most.clone().max(from.most);
            seen.of_bound = seen.of_bound.clone().max(from.of_bound);
        }
        for (reason, count) in other.refused {
            *self.refused.entry(reason).or_default() += count;
        }
        for (kind, count) in other.taken {
            *self.taken.entry(kind).or_default() += count;
        }
        self.roundings.0 += other.roundings.0;
        self.roundings.1 += other.roundings.1;
    }

    pub(crate) fn print(&self) {
        println!("{:<18} {:>8} {:>10} {:>10} {:>10}", "", "count", "worst", "of most", "of bound");
        for (what, seen) in &self.quantities {
            let of_most = if seen.most.is_zero() { Big::default() } else { &seen.off / &seen.most };
            let [off, relative, share] =
                [&seen.off, &of_most, &seen.of_bound].map(ToString::to_string);
            println!("{what:<18} {:>8} {off:>10} {relative:>10} {share:>10}", seen.count);
        }
        let (all, close) = self.roundings;
        println!("{all} roundings to an atom, {close} of them the other way within the bound");
        println!("taken: {:?}\nrefused: {:?}", self.taken, self.refused);
    }
}
