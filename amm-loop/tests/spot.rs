//! What a market for spot must do, whatever its parameters.

use amm_core::math::exp;
use amm_core::num::{Real, Seconds};
use amm_loop::draw::Draws;
use amm_loop::spot::{
    Depth, Fundamental, Impact, Liquidity, Process, Push, Shape, SpotError, Venue,
};
use proptest::prelude::*;

/// A number in 0..1, on the grid of a billionth.
fn share() -> impl Strategy<Value = Real> {
    (0..=1_000_000_000_i128).prop_map(|billionths| Real::from_num(billionths) / 1_000_000_000)
}

fn shape() -> impl Strategy<Value = Shape> {
    let root = (1..1000_i128, 1..1000_i128)
        .prop_map(|(y, core)| Shape::Root { y: milli(y), core: milli(core) });
    prop_oneof![Just(Shape::Linear), root, Just(Shape::Product)]
}

fn milli(n: i128) -> Real {
    Real::from_num(n) / 1000
}

fn venue() -> impl Strategy<Value = Venue> {
    (shape(), share(), 0..200_i128, 1..1_000_000_i128).prop_map(|(shape, permanent, rho, scale)| {
        let resilience_per_day = Real::from_num(rho);
        let impact = Impact { shape, permanent, resilience_per_day };
        Venue::new(impact, Real::from_num(scale)).unwrap()
    })
}

/// Flow of up to half the scale, either way.
fn flow(venue: &Venue, share: Real) -> Real {
    venue.scale() * (share - Real::lit("0.5"))
}

const ULP: Real = Real::DELTA;

/// Slices of flow in shares of the scale, and then all of it back at once: Σ volume·(ln spot where the
/// slice begins + what it pays above that).
fn come_and_gone(venue: &mut Venue, slices: &[Real], paid: impl Fn(Push) -> Real) -> Real {
    let (scale, mut sum, mut all) = (venue.scale(), Real::ZERO, Real::ZERO);
    let mut push = |volume: Real| {
        let before = venue.displacement();
        sum += volume * (before + paid(venue.push(scale * volume).unwrap()));
    };
    for slice in slices {
        let volume = (*slice - Real::lit("0.5")) / 30;
        push(volume);
        all += volume;
    }
    push(-all);
    sum
}

/// What units that are worth a share of the scale at first lose if they are bought in some equal slices
/// and sold in others, in shares of the scale.
fn bought_and_sold(
    venue: &mut Venue,
    size: Real,
    (buys, sells): (i128, i128),
    paid: impl Fn(Push) -> Real,
) -> Real {
    let (scale, start, mut lost) = (venue.scale(), venue.displacement(), Real::ZERO);
    for each in (0..buys).map(|_| size / buys).chain((0..sells).map(|_| -size / sells)) {
        let worth = each * exp(venue.displacement() - start).unwrap();
        lost += worth * exp(paid(venue.push(scale * worth).unwrap())).unwrap();
    }
    lost
}

/// Priced half-way along what it moves, a root is bought too cheap at once: sold in slices, a hundredth
/// of a day's volume brings a basis point and a whole day's 37. At the mean both lose.
#[test]
fn half_way_pays_who_slices_a_root() {
    let shape = Shape::Root { y: milli(40), core: milli(10) };
    let venue = Venue::new(Impact { shape, ..Impact::LINEAR }, Real::ONE).unwrap();
    for (size, gain) in [("0.01", "0.0001"), ("1", "0.0036")] {
        let size = Real::lit(size);
        let half = bought_and_sold(&mut venue.clone(), size, (1, 50), |push| push.by / 2);
        assert!(-half / size > Real::lit(gain) * 9 / 10, "{half}");
        let mean = bought_and_sold(&mut venue.clone(), size, (1, 50), |push| push.mean);
        assert!(mean > 0, "{mean}");
        let slices = ["1", "0.4", "0.4", "0.4", "0.4"].map(Real::lit); // up at once, down in five
        let paid = come_and_gone(&mut venue.clone(), &slices, |push| push.by / 2);
        assert!(paid < -Real::lit("0.000001"), "{paid}");
    }
}

proptest! {
    /// Cash spent and taken back in one block leaves no trace at all.
    #[test]
    fn a_round_trip_leaves_no_trace(venue in venue(), before in share(), there in share()) {
        let mut venue = venue;
        venue.push(flow(&venue, before)).unwrap();
        let start = venue.clone();
        let cash = flow(&venue, there) / 4;
        let (up, down) = (venue.push(cash).unwrap(), venue.push(-cash).unwrap());
        prop_assert_eq!(up.by, -down.by);
        prop_assert_eq!(venue, start);
    }

    /// Flow that comes back in the block, in whatever slices, costs nothing and brings nothing in: what
    /// it pays at the means is the integral of the displacement over volume.
    #[test]
    fn no_slicing_of_flow_gains(
        venue in venue(),
        before in share(),
        slices in prop::collection::vec(share(), 1..12),
    ) {
        let mut venue = venue;
        venue.push(flow(&venue, before)).unwrap();
        let paid = come_and_gone(&mut venue, &slices, |push| push.mean);
        prop_assert!(paid.abs() < Real::lit("1e-15"), "{paid}");
    }

    /// Units bought and then sold never bring in more than they cost, however either is sliced.
    #[test]
    fn who_buys_and_sells_never_gains(
        venue in venue(),
        before in share(),
        size in share(),
        (buys, sells) in (1..8_i128, 1..8_i128),
    ) {
        let mut venue = venue;
        venue.push(flow(&venue, before)).unwrap();
        let lost = bought_and_sold(&mut venue, size / 4, (buys, sells), |push| push.mean);
        prop_assert!(lost > -Real::lit("1e-15"), "{lost}");
    }

    /// The changes that pushes report add up to where the venue stands.
    #[test]
    fn changes_add_up(venue in venue(), flows in prop::collection::vec(share(), 1..20)) {
        let mut venue = venue;
        let mut sum = Real::ZERO;
        for part in flows {
            sum += venue.push(flow(&venue, part) / 20).unwrap().by;
        }
        prop_assert_eq!(sum, venue.displacement());
    }

    /// An order in pieces moves spot as far as in one.
    #[test]
    fn pieces_move_as_much_as_the_whole(venue in venue(), whole in share(), cut in share()) {
        let (mut once, mut twice) = (venue.clone(), venue);
        let cash = flow(&once, whole);
        once.push(cash).unwrap();
        twice.push(cash * cut).unwrap();
        twice.push(cash - cash * cut).unwrap();
        // Three quotients are cut, each by less than an ulp; slopes are at most 500 and displacements
        // off by 2 ulp.
        let off = once.displacement().abs_diff(twice.displacement());
        prop_assert!(off <= 1010 * ULP, "{off}");
    }

    /// Buying raises spot, and more of it raises it further.
    #[test]
    fn more_flow_moves_further(venue in venue(), small in share(), large in share()) {
        let (small, large) = (small.min(large), small.max(large));
        let (mut one, mut other) = (venue.clone(), venue);
        let less = one.push(one.scale() * small).unwrap().by;
        let more = other.push(other.scale() * large).unwrap().by;
        prop_assert!(Real::ZERO <= less && less <= more);
    }

    /// Beyond its core the root takes twice the flow for less than twice the move.
    #[test]
    fn the_root_is_concave(y in 1..1000_i128, core in 1..100_i128, size in 1..5000_i128) {
        let shape = Shape::Root { y: milli(y), core: milli(core) };
        let mut venue = Venue::new(Impact { shape, ..Impact::LINEAR }, Real::ONE).unwrap();
        let (first, depth) = (venue.push(milli(size)).unwrap().by, venue.depth());
        let second = venue.push(milli(size)).unwrap().by;
        prop_assert!(second < first);
        prop_assert!(venue.depth() > depth);
    }

    /// Depth is the inverse of the slope: a small push moves ln spot by itself over depth.
    #[test]
    fn depth_tells_a_small_push(venue in venue(), before in share()) {
        let mut venue = venue;
        venue.push(flow(&venue, before)).unwrap();
        let cash = venue.scale() / (1 << 30);
        let want = cash / venue.depth();
        let moved = venue.push(cash).unwrap().by;
        // Second order: the slope changes by at most a part in 500 of a core's square; and 4 ulp.
        prop_assert!(moved.abs_diff(want) <= want / 500 + 4 * ULP, "{moved} is not {want}");
    }

    /// What is transient comes back, only that, and in two waits as far as in one.
    #[test]
    fn the_transient_part_comes_back(venue in venue(), part in share(), wait in 1..100_000_u32) {
        let mut venue = venue;
        venue.push(venue.scale() * part).unwrap();
        let (start, mut parted) = (venue.displacement(), venue.clone());
        venue.pass(wait);
        let kept = venue.displacement();
        let share = venue.impact().permanent;
        prop_assert!(kept <= start && kept >= share * start - 3 * ULP);
        parted.pass(wait / 3);
        parted.pass(wait - wait / 3);
        // e^−x is off by an ulp and 2⁻⁶² of itself, twice; slopes are at most 500.
        let off = parted.displacement().abs_diff(kept);
        prop_assert!(off <= 10_000 * ULP, "{off}");
    }

    /// A change of scale moves nothing that stands, and scales what comes.
    #[test]
    fn a_change_of_scale_moves_nothing(venue in venue(), part in share()) {
        let mut venue = venue;
        venue.push(flow(&venue, part)).unwrap();
        let (stands, depth, scale) = (venue.displacement(), venue.depth(), venue.scale());
        venue.set_scale(scale * 2).unwrap();
        prop_assert_eq!(venue.displacement(), stands);
        prop_assert!(venue.depth().abs_diff(depth * 2) <= 2 * ULP);
    }

    /// No flow is too large to be refused, and a refused one leaves no trace.
    #[test]
    fn refusals_leave_no_trace(venue in venue(), bits in any::<i128>()) {
        let mut venue = venue;
        let before = venue.clone();
        if venue.push(Real::from_bits(bits)).is_err() {
            prop_assert_eq!(&venue, &before);
        }
        venue.pass(u32::MAX);
        prop_assert_eq!(venue.check(), Ok(()));
        prop_assert!(venue.depth() > 0);
    }

    /// The scale falls as volatility rises, never under its floor.
    #[test]
    fn depth_falls_with_volatility(psi in 0..10_000_i128, r in 0..1_000_000_i128) {
        let depth = Depth { psi: milli(psi), ..depth() };
        let (mut calm, mut wild) = (Liquidity::new(depth).unwrap(), Liquidity::new(depth).unwrap());
        calm.observe(milli(r) / 2000, 60).unwrap();
        wild.observe(milli(r) / 1000, 60).unwrap();
        prop_assert!(wild.scale() <= calm.scale());
        prop_assert!(wild.scale() >= depth.base * depth.floor);
        prop_assert!(calm.scale() <= depth.base / depth.floor);
    }
}

fn depth() -> Depth {
    Depth {
        base: Real::lit("100000000"),
        sigma0: "0.65".parse().unwrap(),
        psi: Real::ONE,
        floor: Real::lit("0.02"),
        half_life: Seconds::new(3600).unwrap(),
    }
}

#[test]
fn depth_follows_its_formula() {
    let mut liquidity = Liquidity::new(depth()).unwrap();
    // A half-life of a volatility of 1.3: σ̂² = 0.65²·(1 + 4)/2.
    let r = amm_core::math::sqrt(Real::lit("1.69") * 3600 / 31_536_000).unwrap();
    liquidity.observe(r, 3600).unwrap();
    assert!(liquidity.variance().abs_diff(Real::lit("1.05625")) < Real::lit("1e-15"));
    let want = Real::lit("100000000") * Real::lit("0.632455532033675867"); // √(2/5)
    assert!(liquidity.scale().abs_diff(want) < Real::lit("1e-6"), "{}", liquidity.scale());
    for _ in 0..100_000 {
        liquidity.observe(Real::ZERO, 3600).unwrap();
    }
    assert_eq!(liquidity.scale(), Real::lit("100000000") * (Real::ONE / Real::lit("0.02")));
    assert!(liquidity.observe(Real::ONE, 0).is_err());
    assert!(liquidity.observe(Real::lit("41"), 1).is_err());
}

#[test]
fn parameters_out_of_range_are_named() {
    let refused = |shape| Venue::new(Impact { shape, ..Impact::LINEAR }, Real::ONE).unwrap_err();
    let root = Shape::Root { y: Real::ONE, core: Real::ZERO };
    let text = refused(root).to_string();
    assert_eq!(text, "core of root impact must lie in 0.000001..=1, got 0");
    assert!(Venue::new(Impact::LINEAR, Real::ZERO).is_err());
    let permanent = Real::lit("1.1");
    assert!(Venue::new(Impact { permanent, ..Impact::LINEAR }, Real::ONE).is_err());
    let mut venue = Venue::new(Impact::LINEAR, Real::ONE).unwrap();
    let cash = Real::lit("21");
    assert_eq!(venue.push(cash), Err(SpotError::TooFar { cash, scale: Real::ONE }));
    assert!(Liquidity::new(Depth { floor: Real::ZERO, ..depth() }).is_err());
    let slow = Process::Stochastic {
        vol: "0.65".parse().unwrap(),
        reversion_per_day: Real::lit("0.001"),
        vol_of_vol: Real::lit("3"),
        correlation: Real::ZERO,
    };
    let text = Fundamental::new(slow).unwrap_err().to_string();
    assert!(text.starts_with("variance of ln of volatility must lie in 0..=4, got 12.3"), "{text}");
}

#[test]
fn a_recorded_path_is_played_once() {
    let returns = vec![Real::lit("0.01"), Real::lit("-0.02")];
    let mut path = Fundamental::new(Process::Recorded { returns: returns.clone() }).unwrap();
    let mut step = || path.step(60, &mut Draws::new(0, 0, 0, 0));
    assert_eq!([step(), step()].map(Result::unwrap).to_vec(), returns);
    assert_eq!(step(), Err(SpotError::PathOver { blocks: 2 }));
}

/// Sums over paths of spot's growth and of squared returns.
fn sums(process: &Process, paths: u64, blocks: u64, seconds: u32) -> [Real; 2] {
    let mut sums = [Real::ZERO; 2];
    for number in 0..paths {
        let mut path = Fundamental::new(process.clone()).unwrap();
        let mut log = Real::ZERO;
        for block in 0..blocks {
            let r = path.step(seconds, &mut Draws::new(1, number, block, 0)).unwrap();
            log += r;
            sums[1] += r * r;
        }
        sums[0] += amm_core::math::exp(log).unwrap() - Real::ONE;
    }
    sums
}

/// Each law's spot is a martingale with the variance it says.
#[test]
fn processes_have_their_mean_and_variance() {
    let vol = "0.8".parse().unwrap();
    let day = Real::lit("0.64") / 365;
    let stochastic = Process::Stochastic {
        vol,
        reversion_per_day: Real::lit("2"),
        vol_of_vol: Real::lit("8"),
        correlation: Real::lit("-0.5"),
    };
    let (mean, sd) = (Real::lit("-0.03"), Real::lit("0.05"));
    let jumps = Process::Jumps { vol, per_day: Real::lit("3"), mean, sd };
    let jump_variance = 3 * (mean * mean + sd * sd);
    // By law, the standard deviation of r² over its mean: √2; √(3e^4v − 1 + what clusters) with
    // v = 64/1460; and from the fourth moment of jumps.
    for (process, variance, of_square) in [
        (Process::Lognormal { vol }, day, "1.42"),
        (stochastic, day, "2.7"),
        (jumps, day + jump_variance, "4.4"),
    ] {
        // Twenty days in hours, 500 times.
        let [growth, squares] = sums(&process, 500, 480, 3600);
        let total = 20 * variance;
        let root = |x| amm_core::math::sqrt(x).unwrap();
        let error = root((amm_core::math::exp(total).unwrap() - Real::ONE) * 500);
        assert!(growth.abs() <= 4 * error, "{process:?}: growth {growth} ± {error}");
        // The drift's own square is 480·(½·total/480)² < 0.00003.
        let error = total * Real::lit(of_square) / root(Real::lit("240000"));
        let (seen, within) = (squares / 500, 4 * error + Real::lit("0.00003"));
        assert!(
            seen.abs_diff(total) <= within,
            "{process:?}: {seen:.5}, not {total:.5} ± {within:.5}"
        );
    }
}

#[test]
fn volatility_clusters_and_leans() {
    let process = Process::Stochastic {
        vol: "0.8".parse().unwrap(),
        reversion_per_day: Real::lit("0.5"),
        vol_of_vol: Real::lit("8"),
        correlation: Real::lit("-0.9"),
    };
    let mut path = Fundamental::new(process).unwrap();
    let returns: Vec<Real> = (0..50_000)
        .map(|block| path.step(3600, &mut Draws::new(2, 0, block, 0)).unwrap() * 100)
        .collect();
    let (mut clusters, mut leans, mut fourth) = (Real::ZERO, Real::ZERO, Real::ZERO);
    for pair in returns.windows(2) {
        let squares = pair.iter().map(|&r| r * r).collect::<Vec<_>>();
        clusters += squares[0] * squares[1] / 50_000;
        leans += pair[0] * squares[1] / 50_000;
        fourth += squares[0] / 50_000;
    }
    // Var(x) = 64/365 = 0.175: E[r²r²] ≈ E[r²]²·e^(4·0.175) = 2.0 of it; independent, 1.
    let ratio = clusters / (fourth * fourth);
    assert!((Real::lit("1.5")..Real::lit("2.6")).contains(&ratio), "{ratio}");
    assert!(leans < 0, "a fall raises volatility: {leans}");
}

/// Saved and restored in the middle, everything goes on as if nothing had happened.
#[test]
fn states_are_their_bytes() {
    fn again<T: serde::Serialize + serde::de::DeserializeOwned>(state: &T) -> T {
        postcard::from_bytes(&postcard::to_allocvec(state).unwrap()).unwrap()
    }
    let process = Process::Stochastic {
        vol: "0.8".parse().unwrap(),
        reversion_per_day: Real::lit("0.5"),
        vol_of_vol: Real::lit("4"),
        correlation: Real::lit("-0.5"),
    };
    let mut path = Fundamental::new(process).unwrap();
    let mut recorded =
        Fundamental::new(Process::Recorded { returns: vec![Real::ONE, Real::DELTA] }).unwrap();
    let shape = Shape::Root { y: milli(40), core: milli(10) };
    let impact = Impact { shape, permanent: milli(500), resilience_per_day: Real::ONE };
    let mut venue = Venue::new(impact, Real::lit("1000000")).unwrap();
    let mut liquidity = Liquidity::new(depth()).unwrap();
    for block in 0..2 {
        let (mut path2, mut recorded2) = (again(&path), again(&recorded));
        let (mut venue2, mut liquidity2) = (again(&venue), again(&liquidity));
        let mut draws = Draws::new(1, 1, block, 1);
        let r = path.step(60, &mut draws).unwrap();
        assert_eq!(path2.step(60, &mut Draws::new(1, 1, block, 1)), Ok(r));
        assert_eq!(recorded.step(60, &mut draws), recorded2.step(60, &mut draws));
        for venue in [&mut venue, &mut venue2] {
            venue.push(r * 1_000_000).unwrap();
            venue.pass(60);
        }
        for liquidity in [&mut liquidity, &mut liquidity2] {
            liquidity.observe(r, 60).unwrap();
        }
        assert_eq!((&path, &recorded), (&path2, &recorded2));
        assert_eq!((&venue, &liquidity), (&venue2, &liquidity2));
    }
}
