//! One market state by the definitions: slices, Black's formula, loop gains, the two charges.
//!
//! Beside each value stands what the engine may be off by. The figures are those that the kernels
//! state: total variance 1 + b(2 + 12R) ulps, volatility 2⁻⁶¹, prices 2⁻⁶⁰ of max(F, K), deltas
//! 2⁻⁶⁰ + 2⁻⁶⁹/v and below v = 2⁻⁵ v⁸·2⁻¹⁷ more, Greeks 2⁻⁵⁸ and their conditioning, the tapered gamma 2⁻⁵⁸, a share of a band
//! 2⁻⁴⁸ a bound, whose position is known to 2⁻⁵⁰ of it.

use amm_core::engine::{Feed, MarketUpdate, Params};
use amm_core::num::{Price, Timestamp, YEAR_S};
use amm_core::pricing::Kind;
use amm_core::skew::Bands;
use amm_core::surface::Slice;

use crate::big::Big;
use crate::near::{Near, ulp};

/// A strike of an expiry.
pub(crate) struct Line {
    pub(crate) expiry: usize,
    pub(crate) strike: Price,
    pub(crate) vol: Near,
    pub(crate) call: Near,
    pub(crate) put: Near,
    pub(crate) delta_call: Near,
    pub(crate) delta_put: Near,
    pub(crate) vega: Near,
    /// D·F²·Γ.
    pub(crate) gamma: Near,
    /// G.
    pub(crate) driver: Near,
    /// g of one contract at every node up to its own bucket.
    pub(crate) gains: Vec<Near>,
}

pub(crate) struct Market {
    pub(crate) stamps: Vec<Timestamp>,
    pub(crate) forwards: Vec<Price>,
    /// σ²Δ of each bucket.
    pub(crate) variances: Vec<Near>,
    pub(crate) lines: Vec<Line>,
    /// c of each node.
    costs: Vec<Near>,
    /// x⁰ of each node.
    outside: Vec<Big>,
    params: Params,
}

fn years(seconds: u64) -> Big {
    Big::ratio(seconds.into(), YEAR_S.into())
}

/// 2^−n.
fn part(n: i32) -> Big {
    Big::two_to(-n)
}

fn one() -> Big {
    Big::int(1)
}

/// w at k of a slice, which the engine knows to an ulp.
fn total_variance(slice: &Slice, k: &Big, time: u64) -> Near {
    let hyperbola = |a: &Big, b: &Big, rho: &Big, m: &Big, sigma: &Big| {
        let x = k - m;
        let root = (&(&x * &x) + &(sigma * sigma)).sqrt();
        (a + &(b * &(&(rho * &x) + &root)), root)
    };
    match slice {
        Slice::Flat(vol) => {
            let sigma = Big::of(vol.get());
            Near::within(&(&sigma * &sigma) * &years(time), ulp(2))
        }
        Slice::Svi(svi) => {
            let [a, b, rho, m, sigma] =
                [svi.a(), svi.b(), svi.rho(), svi.m(), svi.sigma()].map(Big::of);
            let (w, root) = hyperbola(&a, &b, &rho, &m, &sigma);
            // Twice the ulp of k, by Lee's bound on the slope.
            let ulps = &Big::int(4) + &(&b * &(&Big::int(2) + &(&root * &Big::int(12))));
            Near::within(w, &ulps * &ulp(1))
        }
        Slice::Ssvi(ssvi) => {
            let [theta, phi, rho] = [ssvi.theta(), ssvi.phi(), ssvi.rho()].map(Big::of);
            let x = &(&phi * k) + &rho;
            let root = (&(&(&x * &x) + &one()) - &(&rho * &rho)).sqrt();
            let w = &(&theta * &(&(&one() + &(&(&rho * &phi) * k)) + &root)) / &Big::int(2);
            let b = &(&theta * &phi) / &Big::int(2);
            let wide = &root / &phi;
            // The raw parameters are rounded: b by 1.5 ulps (times R), m by one and its slope.
            let four = &Big::int(5) + &(&b * &(&Big::int(4) + &(&wide * &Big::int(12))));
            Near::within(w, &(&four + &(&wide * &Big::int(2))) * &ulp(1))
        }
    }
}

/// w and σ, not below the floor of realised variance.
fn floored(params: &Params, slice: &Slice, k: &Big, time: u64, realised: &Near) -> (Near, Near) {
    let mut w = total_variance(slice, k, time);
    let share = Big::of(params.realised_share);
    let floor = realised.scaled(&(&share * &years(time))).and_ulps(3);
    let low = floor.at > w.at;
    if low {
        w = floor.clone();
    }
    if let (Slice::Flat(vol), true) = (slice, share.is_zero()) {
        return (w, Near::exact(Big::of(vol.get())));
    }
    let vol = (&w.at / &years(time)).sqrt();
    let of_w = &(&vol * &w.off) / &(&w.at + &w.at);
    let off = &of_w + &(&vol * &part(61));
    let vol = Near::within(vol, off).and_ulps(1);
    // What the engine makes of w again: σ²T.
    let of_vol = &(&(&vol.at * &vol.off) * &years(time)) * &Big::int(2);
    (Near::within(w.at, &(&w.off + &of_vol) + &ulp(2)), vol)
}

impl Market {
    pub(crate) fn new(
        params: &Params,
        update: &MarketUpdate,
        strikes: &dyn Fn(Timestamp) -> Vec<Price>,
        realised: &Near,
    ) -> Self {
        let now = update.now.get();
        let times: Vec<u64> = update.feeds.iter().map(|feed| feed.expiry.get() - now).collect();
        let at_forward: Vec<Near> = update
            .feeds
            .iter()
            .zip(&times)
            .map(|(feed, time)| floored(params, &feed.slice, &Big::default(), *time, realised).0)
            .collect();
        let mut variances = vec![];
        let mut before = Near::default();
        for w in &at_forward {
            let rise = w.minus(&before);
            let rise =
                if rise.at.is_negative() { Near::within(Big::default(), rise.off) } else { rise };
            variances.push(rise);
            if w.at > before.at {
                before = w.clone();
            }
        }
        let (mut costs, mut outside) = (vec![], vec![]);
        let shares = shares(params.gain.bands, &Near::default(), &one());
        for (feed, variance) in update.feeds.iter().zip(&variances) {
            for share in &shares {
                let scale =
                    &Big::of(params.gain.theta) * &(&Big::of(feed.depth.get()) / &Big::int(2));
                costs.push(share.times(variance).scaled(&scale).and_ulps(2));
                outside.push(Big::of(feed.outside_gain));
            }
        }
        let mut market = Self {
            stamps: update.feeds.iter().map(|feed| feed.expiry).collect(),
            forwards: update.feeds.iter().map(|feed| feed.forward).collect(),
            variances,
            lines: vec![],
            costs,
            outside,
            params: *params,
        };
        for (expiry, feed) in update.feeds.iter().enumerate() {
            for strike in strikes(feed.expiry) {
                let mut line = line(
                    params,
                    expiry,
                    feed,
                    times[expiry],
                    &at_forward[expiry],
                    strike,
                    realised,
                );
                line.0.gains = gains(params, update, &times, &line.0, &line.1);
                market.lines.push(line.0);
            }
        }
        market
    }

    pub(crate) fn find(&self, expiry: Timestamp, strike: Price) -> Option<usize> {
        let found = |line: &Line| self.stamps[line.expiry] == expiry && line.strike == strike;
        self.lines.iter().position(found)
    }

    /// x of every node for a book of which the pool is short so many atoms of each line.
    pub(crate) fn gains(&self, short: &[i128]) -> Vec<Near> {
        let mut nodes: Vec<Near> = self.outside.iter().cloned().map(Near::exact).collect();
        for (line, &atoms) in self.lines.iter().zip(short) {
            for (node, gain) in nodes.iter_mut().zip(&line.gains) {
                *node = node.plus(&gain.times_atoms(atoms));
            }
        }
        nodes
    }

    /// F of the book at those gains: zero for an empty one.
    pub(crate) fn value(&self, nodes: &[Near]) -> Near {
        let outside = self.outside.iter().cloned().map(Near::exact).collect::<Vec<_>>();
        self.rise(&outside, nodes, None)
    }

    /// F of a book of which the pool is short so many atoms of each line.
    pub(crate) fn value_at(&self, short: &[i128]) -> Big {
        self.value(&self.gains(short)).at
    }

    /// F after less F before. `moved` is by how much the nodes moved, where that is known better than
    /// by their difference.
    pub(crate) fn rise(&self, before: &[Near], after: &[Near], moved: Option<&[Near]>) -> Near {
        let mut sum = Near::default();
        for (node, cost) in self.costs.iter().enumerate() {
            let (from, to) = (&before[node], &after[node]);
            let moved = moved.map_or_else(|| to.minus(from), |moved| moved[node].clone());
            let rise = &self.phi(&to.at) - &self.phi(&from.at);
            // Φ′ is at most `steep`, Φ″ at most 6; Φ is cut to 2⁻⁶³, and off by 2⁻⁶¹ of the
            // distance where it is straight.
            let far = &(&from.at.abs() + &to.at.abs()) * &part(60);
            let of_move = &self.steepest() * &moved.off;
            let of_state = &(&moved.at.abs() * &from.off) * &Big::int(6);
            let off = &(&of_move + &of_state) + &(&far + &part(61));
            sum = sum.plus(&cost.times(&Near::within(rise, off)).and_ulps(2));
        }
        sum
    }

    /// Φ(x) = x²/(1 − x), straight beyond x⁻ and x⁺.
    fn phi(&self, x: &Big) -> Big {
        let end = self.cut(x);
        let curve = &(&end * &end) / &(&one() - &end);
        &curve + &(&(x - &end) * &self.slope(x))
    }

    fn cut(&self, x: &Big) -> Big {
        let [min, max] = [self.params.gain.min, self.params.gain.max].map(Big::of);
        x.clone().clamp(min, max)
    }

    /// Φ′(x) = 1/(1 − x)² − 1.
    fn slope(&self, x: &Big) -> Big {
        let rest = &one() - &self.cut(x);
        &(&one() / &(&rest * &rest)) - &one()
    }

    fn steepest(&self) -> Big {
        let [min, max] = [self.params.gain.min, self.params.gain.max].map(Big::of);
        self.slope(&min).abs().max(self.slope(&max))
    }

    /// ∂F/∂q of a line.
    pub(crate) fn marginal(&self, line: usize, nodes: &[Near]) -> Near {
        let mut sum = Near::default().and_ulps(2);
        let dearest = self.costs.iter().map(|cost| cost.at.clone()).max().unwrap_or_default();
        for ((gain, node), cost) in self.lines[line].gains.iter().zip(nodes).zip(&self.costs) {
            let slope = self.slope(&node.at);
            let off = &(&node.off * &Big::int(6)) + &part(60);
            let price = cost.times(&Near::within(slope, off));
            // Prices of nodes are kept to 2⁻⁵⁵ of the dearest.
            sum = sum.plus(&price.and(&(&dearest * &part(53))).times(gain));
        }
        sum
    }

    /// Ψ over all buckets at the flows' states, in cash.
    pub(crate) fn flow(&self, states: &[Near]) -> Near {
        let nothing = vec![Near::default(); states.len()];
        self.flow_rise(&nothing, states, None)
    }

    /// Ψ after less Ψ before.
    pub(crate) fn flow_rise(
        &self,
        before: &[Near],
        after: &[Near],
        moved: Option<&[Near]>,
    ) -> Near {
        let flow = &self.params.flow;
        let (scale, strength) = (Big::of(flow.scale), Big::of(flow.strength));
        let rise = |state: &Big| {
            let y = state / &scale;
            &(&one() + &(&y * &y)).sqrt() - &one()
        };
        let mut sum = Near::default();
        for (bucket, variance) in self.variances.iter().enumerate() {
            let (from, to) = (&before[bucket], &after[bucket]);
            let moved = moved.map_or_else(|| to.minus(from), |moved| moved[bucket].clone());
            let change = &rise(&to.at) - &rise(&from.at);
            // √(1 + y²) has slope and curvature of at most one, and is cut to 2⁻⁶² with y to 2⁻⁶⁰ of
            // it.
            let y = &(&from.at.abs() + &to.at.abs()) / &scale;
            let of_state = &(&(&moved.at.abs() / &scale) * &from.off) / &scale;
            let off = &(&(&moved.off / &scale) + &of_state) + &(&part(60) + &(&y * &part(59)));
            let swing = variance.scaled(&(&scale * &strength)).and_ulps(2);
            sum = sum.plus(&swing.times(&Near::within(change, off)).and_ulps(2));
        }
        sum
    }

    /// ∂Ψ/∂q of a line, with all of the rebate.
    pub(crate) fn flow_marginal(&self, line: usize, states: &[Near]) -> Near {
        let (flow, line) = (&self.params.flow, &self.lines[line]);
        let (scale, strength) = (Big::of(flow.scale), Big::of(flow.strength));
        let mut sum = Near::default();
        for (state, variance) in states.iter().zip(&self.variances).take(line.expiry + 1) {
            let y = &state.at / &scale;
            let slope = &y / &(&one() + &(&y * &y)).sqrt();
            let slope = Near::within(slope, &(&state.off / &scale) + &part(58));
            sum = sum.plus(&variance.scaled(&strength).and_ulps(1).times(&slope).and_ulps(1));
        }
        self.half(line).times(&sum).and_ulps(2)
    }

    /// By how much the flow of each bucket rises when the pool sells so many atoms of a line.
    pub(crate) fn flow_step(&self, line: usize, atoms: i128) -> Vec<Near> {
        let (line, buckets) = (&self.lines[line], self.variances.len());
        let step = self.half(line).times_atoms(atoms);
        (0..buckets)
            .map(|bucket| if bucket <= line.expiry { step.clone() } else { Near::default() })
            .collect()
    }

    /// ½G, which the engine cuts to 2⁻⁴⁸.
    fn half(&self, line: &Line) -> Near {
        line.driver.scaled(&Big::ratio(1, 2)).and(&part(48))
    }

    pub(crate) fn value_of(&self, line: usize, kind: Kind) -> &Near {
        match kind {
            Kind::Call => &self.lines[line].call,
            Kind::Put => &self.lines[line].put,
        }
    }
}

/// A line without its gains, and its deviations.
fn line(
    params: &Params,
    expiry: usize,
    feed: &Feed,
    time: u64,
    at_forward: &Near,
    strike: Price,
    realised: &Near,
) -> (Line, Near) {
    let [f, k, df] = [feed.forward.get(), strike.get(), feed.discount.get()].map(Big::of);
    let log = &k.ln() - &f.ln();
    let (w, vol) = floored(params, &feed.slice, &log, time, realised);
    let root = years(time).sqrt();
    let v = &vol.at * &root;
    let of_vol = &vol.off / &vol.at; // δσ/σ
    let half = &v / &Big::int(2);
    let d = &log / &v;
    let (d1, d2) = (&half - &d, -&(&half + &d));
    let greater = if f > k { f.clone() } else { k.clone() };
    let density = d1.density();
    let forward_value = &df * &f;
    let vega = &(&forward_value * &density) * &root;
    let call = &(&forward_value * &d1.normal()) - &(&(&df * &k) * &d2.normal());
    let put = &(&(&df * &k) * &(-&d2).normal()) - &(&forward_value * &(-&d1).normal());
    let room = &(&greater * &part(60)) + &(&(&vega * &vol.off) * &Big::int(2));
    let near = |value: Big| Near::within(value, &room + &ulp(3));
    let delta = &df * &d1.normal();
    // Under 2⁻⁵ the term left out of the tails' series comes on top.
    let left_out = if v < part(5) { power_of_8(&v) } else { Big::default() };
    let of_delta = &(&part(60) + &(&part(69) / &v)) + &(&of_vol + &ulp(2));
    let of_delta = &of_delta + &(&left_out * &part(17));
    // φ(d₁) moves by d₁·d₂ of σ's error and by its own exponent's; k is known to an ulp.
    let bend = &one() + &(&(&d1 * &d2).abs() + &(&d1 * &d1));
    let of_log = &(&(&one() + &d1.abs()) * &ulp(1)) / &v;
    let relative = &(&bend * &(&part(58) + &of_vol)) + &of_log;
    let gamma = &(&forward_value * &density) / &v;
    let of_gamma = &(&gamma * &relative) + &(&f * &ulp(3));
    let of_vega = &(&vega * &relative) + &ulp(4);
    let deviations = Near::within(
        d.clone(),
        &(&(&d.abs() * &(&of_vol + &part(60))) + &(&ulp(4) / &v)) + &ulp(512),
    );
    let far = Big::int(64);
    let deviations = Near { at: deviations.at.clamp(-&far, far), ..deviations };
    let gamma = Near::within(gamma, of_gamma);
    let (call, put) = (near(call), near(put));
    let driver = {
        let otm = if k >= f { &call } else { &put };
        let greater = if w.at > at_forward.at { &w } else { at_forward };
        driver(params, &gamma, otm, greater)
    };
    let line = Line {
        expiry,
        strike,
        vol,
        call,
        put,
        delta_put: Near::within(&delta - &df, of_delta.clone()),
        delta_call: Near::within(delta, of_delta),
        vega: Near::within(vega, of_vega),
        gamma,
        driver,
        gains: vec![],
    };
    (line, deviations)
}

fn power_of_8(x: &Big) -> Big {
    let square = x * x;
    let fourth = &square * &square;
    &fourth * &fourth
}

/// G = A·B/(A⁸ + B⁸)^⅛ of the dollar gamma A and B = V_otm/(½wδ). It rises in both, so its range is
/// that of its corners.
fn driver(params: &Params, gamma: &Near, otm: &Near, w: &Near) -> Near {
    let span = |w: &Big| &(w * &Big::of(params.gain.taper)) / &Big::int(2);
    let tapered = |a: &Big, b: &Big| {
        if a <= &Big::default() || b <= &Big::default() {
            return Big::default();
        }
        let (less, more) = if a < b { (a, b) } else { (b, a) };
        let ratio = less / more;
        less / &(&one() + &power_of_8(&ratio)).sqrt().sqrt().sqrt()
    };
    let at = tapered(&gamma.at, &(&otm.at / &span(&w.at)));
    let low =
        tapered(&(&gamma.at - &gamma.off), &(&(&otm.at - &otm.off) / &span(&(&w.at + &w.off))));
    let high =
        tapered(&(&gamma.at + &gamma.off), &(&(&otm.at + &otm.off) / &span(&(&w.at - &w.off))));
    let off = (&high - &at).max(&at - &low);
    let own = &at * &part(58);
    Near::within(at, &off + &own).and_ulps(1)
}

/// g = G·ω/(π·L) at every node of the buckets a line lives in.
fn gains(
    params: &Params,
    update: &MarketUpdate,
    times: &[u64],
    line: &Line,
    d: &Near,
) -> Vec<Near> {
    let all = shares(params.gain.bands, &Near::default(), &one());
    let mut gains = vec![];
    for bucket in 0..=line.expiry {
        let middle = if bucket == 0 { times[0] } else { times[bucket - 1] + times[bucket] };
        let r = Big::ratio(middle.into(), 2 * i128::from(times[line.expiry]));
        let most = &one() - &part(18);
        let r = (&r * &Big::of(params.gain.locality)).min(most);
        let width = (&one() - &r).sqrt();
        let mean = d.scaled(&r.sqrt()); // over the width when compared to an edge
        let weights = shares(params.gain.bands, &mean, &width);
        let depth = Big::of(update.feeds[bucket].depth.get());
        for (weight, share) in weights.iter().zip(&all) {
            let ratio = &weight.at / &share.at;
            let off = &(&weight.off + &(&ratio * &share.off)) / &share.at;
            let gain = line.driver.times(&Near::within(ratio, off)).scaled(&(&one() / &depth));
            // Kept for an atom in units of 2⁻⁹⁴, by products good to 2⁻⁶⁰.
            let own = &gain.at * &part(60);
            gains.push(gain.and(&own).and_ulps(1));
        }
    }
    gains
}

/// What lies between the edges for a normal variable of so much mean and width.
fn shares(bands: Bands, mean: &Near, width: &Big) -> Vec<Near> {
    let edges: &[i128] = match bands {
        Bands::One => &[],
        Bands::Three => &[-1, 1],
        Bands::Five => &[-3, -1, 1, 3],
    };
    let mut bounds = vec![Near::default()];
    for &edge in edges {
        let z = &(&Big::ratio(edge, 2) - &mean.at) / width;
        // Edge and mean over the width are each cut to 2⁻⁵⁰ of themselves or so.
        let parts = &(&Big::int(2) + &mean.at.abs()) / width;
        let of_z = &(&mean.off / width) + &(&parts * &part(50));
        let slope = (&z.abs() - &of_z).max(Big::default()).density();
        bounds.push(Near::within(z.normal(), &(&slope * &of_z) + &part(48)));
    }
    bounds.push(Near::exact(one()));
    bounds.windows(2).map(|pair| pair[1].minus(&pair[0])).collect()
}
