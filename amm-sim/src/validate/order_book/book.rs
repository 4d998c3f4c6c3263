//! A limit order book: volume at each tick, and one order in it that is followed.

/// Which side of the book.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Side {
    Bid,
    Ask,
}

impl Side {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Bid => Self::Ask,
            Self::Ask => Self::Bid,
        }
    }

    /// +1 away from the other side.
    pub(super) fn outward(self) -> i32 {
        match self {
            Self::Bid => -1,
            Self::Ask => 1,
        }
    }
}

/// One side ran empty, or its price left the ticks there are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Failure;

/// Ticks are 1..TICKS.
pub(super) const TICKS: usize = 4_000;

/// Volume below this is none.
pub(super) const DUST: f64 = 1e-6;

/// Volume at each tick, bids below asks.
#[derive(Clone, Debug)]
pub(super) struct Book {
    volume: Vec<f64>,
    /// Best bid and best ask.
    bid: usize,
    ask: usize,
    /// Nothing rests outside.
    lowest: usize,
    highest: usize,
    /// An order that is followed: its side, its tick and what of it still rests. It is counted in
    /// `volume`, is filled before the rest of its tick and does not decay.
    followed: Option<(Side, usize, f64)>,
    /// What of it has been filled since it was last asked.
    filled: f64,
}

impl Book {
    /// A book with volume on both sides; each a tick and a volume.
    pub(super) fn new(bids: &[(usize, f64)], asks: &[(usize, f64)]) -> Self {
        let mut volume = vec![0.0; TICKS];
        for &(tick, size) in bids.iter().chain(asks) {
            volume[tick] += size;
        }
        let ticks =
            |side: &[(usize, f64)]| -> Vec<usize> { side.iter().map(|&(tick, _)| tick).collect() };
        let (bids, asks) = (ticks(bids), ticks(asks));
        Self {
            volume,
            bid: bids.iter().copied().max().unwrap_or(0),
            ask: asks.iter().copied().min().unwrap_or(TICKS - 1),
            lowest: bids.iter().copied().min().unwrap_or(0),
            highest: asks.iter().copied().max().unwrap_or(TICKS - 1),
            followed: None,
            filled: 0.0,
        }
    }

    /// The best tick of a side.
    pub(super) fn best(&self, side: Side) -> usize {
        match side {
            Side::Bid => self.bid,
            Side::Ask => self.ask,
        }
    }

    /// Bid plus ask: twice the middle, in ticks.
    pub(super) fn twice_mid(&self) -> usize {
        self.bid + self.ask
    }

    /// Everything that rests but the order followed loses a part by its distance from the middle:
    /// `kept` by twice the distance in ticks, nothing beyond its end.
    pub(super) fn decay(&mut self, kept: &[f64]) -> Result<(), Failure> {
        let (twice_mid, followed) = (self.twice_mid(), self.followed);
        for tick in self.lowest..=self.highest {
            let volume = self.volume[tick];
            if volume == 0.0 {
                continue;
            }
            let mine = match followed {
                Some((_, at, size)) if at == tick => size,
                _ => 0.0,
            };
            let factor = kept.get((2 * tick).abs_diff(twice_mid)).copied().unwrap_or(0.0);
            let left = mine + (volume - mine) * factor;
            self.volume[tick] = if left < DUST { 0.0 } else { left };
        }
        self.settle()
    }

    /// Volume that takes what rests on a side, the best first, up to a tick; what is left of it.
    pub(super) fn take(&mut self, side: Side, size: f64, worst: usize) -> Result<f64, Failure> {
        let mut left = size;
        while left > DUST {
            let tick = self.best(side);
            let beyond = match side {
                Side::Bid => tick < worst,
                Side::Ask => tick > worst,
            };
            if beyond {
                break;
            }
            let taken = left.min(self.volume[tick]);
            left -= taken;
            self.volume[tick] -= taken;
            if self.volume[tick] < DUST {
                self.volume[tick] = 0.0;
            }
            self.fill(side, tick, taken);
            self.settle()?;
        }
        Ok(left)
    }

    /// The order followed is first at its tick.
    fn fill(&mut self, side: Side, tick: usize, taken: f64) {
        if let Some((mine, at, size)) = self.followed
            && mine == side
            && at == tick
        {
            let part = taken.min(size);
            self.filled += part;
            self.followed = (size - part > DUST).then_some((mine, at, size - part));
        }
    }

    /// An order of a side at a tick: takes what it crosses, and the rest rests. Returns what it took.
    pub(super) fn place(&mut self, side: Side, size: f64, tick: usize) -> Result<f64, Failure> {
        let left = self.take(side.other(), size, tick)?;
        if left > DUST {
            self.rest(side, left, tick);
        }
        Ok(size - left)
    }

    fn rest(&mut self, side: Side, size: f64, tick: usize) {
        self.volume[tick] += size;
        match side {
            Side::Bid => self.bid = self.bid.max(tick),
            Side::Ask => self.ask = self.ask.min(tick),
        }
        self.lowest = self.lowest.min(tick);
        self.highest = self.highest.max(tick);
    }

    /// As [`Book::place`], for the order followed: what it took at once counts as filled.
    pub(super) fn follow(&mut self, side: Side, size: f64, tick: usize) -> Result<(), Failure> {
        let taken = self.place(side, size, tick)?;
        self.filled += taken;
        self.followed = (size - taken > DUST).then_some((side, tick, size - taken));
        Ok(())
    }

    /// What of the order followed was filled since this was last asked.
    pub(super) fn filled(&mut self) -> f64 {
        std::mem::take(&mut self.filled)
    }

    /// Takes the rest of the order followed out of the book.
    pub(super) fn withdraw(&mut self) -> Result<(), Failure> {
        if let Some((_, tick, size)) = self.followed.take() {
            let left = self.volume[tick] - size;
            self.volume[tick] = if left < DUST { 0.0 } else { left };
            self.settle()?;
        }
        Ok(())
    }

    /// Finds the best and the outermost ticks again after volume has gone.
    fn settle(&mut self) -> Result<(), Failure> {
        while self.volume[self.bid] == 0.0 {
            if self.bid <= self.lowest {
                return Err(Failure);
            }
            self.bid -= 1;
        }
        while self.volume[self.ask] == 0.0 {
            if self.ask >= self.highest {
                return Err(Failure);
            }
            self.ask += 1;
        }
        while self.volume[self.lowest] == 0.0 {
            self.lowest += 1;
        }
        while self.volume[self.highest] == 0.0 {
            self.highest -= 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Book {
        Book::new(&[(98, 2.0), (99, 1.0)], &[(101, 1.0), (103, 2.0)])
    }

    #[test]
    fn orders_take_the_best_first_and_the_rest_rests() {
        let mut book = book();
        assert_eq!(book.place(Side::Bid, 1.5, 102), Ok(1.0));
        assert_eq!((book.best(Side::Bid), book.best(Side::Ask)), (102, 103));
        assert_eq!(book.take(Side::Ask, 0.5, TICKS), Ok(0.0));
        assert_eq!(book.twice_mid(), 205);
    }

    #[test]
    fn a_side_that_runs_empty_fails() {
        assert_eq!(book().take(Side::Ask, 3.0, TICKS), Err(Failure));
        assert_eq!(book().take(Side::Ask, 2.5, TICKS), Ok(0.0));
    }

    #[test]
    fn the_order_followed_is_filled_first_and_withdrawn() {
        let mut book = book();
        book.follow(Side::Ask, 2.0, 101).unwrap();
        book.take(Side::Ask, 0.5, TICKS).unwrap();
        assert_eq!(book.filled(), 0.5);
        book.withdraw().unwrap();
        assert_eq!((book.volume[101], book.filled()), (1.0, 0.0));
    }

    #[test]
    fn decay_spares_the_order_followed() {
        let mut book = book();
        book.follow(Side::Bid, 3.0, 98).unwrap();
        let mut kept = vec![1.0; 4];
        kept.push(0.5); // two ticks from the middle
        book.decay(&kept).unwrap();
        assert_eq!((book.volume[98], book.volume[99], book.volume[103]), (4.0, 1.0, 0.0));
    }
}
