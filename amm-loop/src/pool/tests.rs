//! Peers' rules against their published formulas and what their own tests assert.

use std::vec::Vec;

use amm_core::book::{AccountId, Order, Series, Side};
use amm_core::engine::{Event, Feed, MarketUpdate};
use amm_core::math::exp;
use amm_core::num::{Cash, Price, Real, Size, Timestamp, Vol};
use amm_core::pricing::{Kind, price};
use amm_core::skew::Depth;
use amm_core::surface::Slice;

use super::{Design, Lyra, Markup, MarkupState, Offer, PROVIDERS, Pool, Turned, Utilisation};

const TRADER: AccountId = AccountId(1);
const SPOT: Real = Real::lit("2000");
const DAY: u64 = 86_400;
const EXPIRIES: [Timestamp; 2] = [Timestamp::new(1000 + 7 * DAY), Timestamp::new(1000 + 30 * DAY)];

fn size(text: &str) -> Size {
    text.parse().unwrap()
}

fn series(expiry: usize, strike: &str, kind: Kind) -> Series {
    Series { expiry: EXPIRIES[expiry], strike: strike.parse().unwrap(), kind }
}

/// A pool and its design, with some liquidity and a flat surface.
struct Desk {
    design: Design,
    pool: Pool,
}

impl Desk {
    fn new(markup: Markup, vol: &str) -> Self {
        let design = Design { markup: Some(markup), ..Design::static_pool() };
        let capital: Cash = "20000000".parse().unwrap();
        let mut pool = Pool::new(&design, Timestamp::new(1000), capital).unwrap();
        for expiry in EXPIRIES {
            let strikes = ["1800", "2000", "2200"].map(|strike| strike.parse().unwrap()).into();
            pool.must("a listing", &Event::List { expiry, strikes }).unwrap();
        }
        let (cash, base) = ("1000000000".parse().unwrap(), size("1000000"));
        pool.must("a deposit", &Event::Deposit { account: TRADER, cash, base }).unwrap();
        let mut desk = Self { design, pool };
        desk.observe(1000, vol);
        desk.pool.must("liquidity", &Event::Provide { account: PROVIDERS, cash: capital }).unwrap();
        desk.observe(1000, vol);
        desk
    }

    fn observe(&mut self, now: u64, vol: &str) {
        let spot = Price::new(SPOT).unwrap();
        let slice = Slice::Flat(vol.parse().unwrap());
        let depth = Depth::new(Real::lit("400000000")).unwrap();
        let left = EXPIRIES.into_iter().filter(|expiry| expiry.get() > now);
        let feeds = left.map(|expiry| Feed::new(expiry, spot, slice, depth)).collect();
        let update = MarketUpdate::new(Timestamp::new(now), spot, feeds);
        self.pool.observe(&self.design, update).unwrap();
        assert_eq!(self.pool.stale, 0);
    }

    fn ask(&self, side: Side, series: Series, contracts: &str) -> Result<Offer, Turned> {
        self.pool.ask(&self.design, TRADER, side, series, size(contracts)).unwrap()
    }

    fn trade(&mut self, side: Side, series: Series, contracts: &str) -> Result<Offer, Turned> {
        self.pool.trade(&self.design, TRADER, side, series, size(contracts)).unwrap()
    }

    /// What the outside surface says an option is worth at another volatility.
    fn worth(&self, series: Series, vol: Real) -> Real {
        let (desk, at) = self.pool.find(series).unwrap();
        let prices = price(&desk.row(at).expiry, series.strike, Vol::new(vol).unwrap());
        if series.kind == Kind::Call { prices.call } else { prices.put }
    }

    fn lyra(&self) -> &super::lyra::State {
        match self.pool.markup() {
            MarkupState::Lyra(state) => state,
            other => panic!("{other:?}"),
        }
    }

    fn utilisation(&self) -> &super::utilisation::State {
        match self.pool.markup() {
            MarkupState::Utilisation(state) => state,
            other => panic!("{other:?}"),
        }
    }
}

fn near(got: Real, want: Real, relative: &str) {
    let most = want.abs() * relative.parse::<Vol>().unwrap().get();
    assert!(got.abs_diff(want) <= most, "got {got}, want {want}");
}

fn money(cash: Cash) -> Real {
    crate::units::money(cash).unwrap()
}

/// One contract a standard size, half a ratio's point a point, no fee, and no bounds to speak of.
fn bare() -> Lyra {
    let wide = super::lyra::Within { least: Real::lit("0.01"), most: Real::lit("20") };
    Lyra {
        standard_share: SPOT / Real::lit("20000000"),
        skew_factor: Real::lit("0.5"),
        vega_fee: Real::ZERO,
        base: wide,
        ratio: wide,
        vol: wide,
    }
}

/// lyra-finance/lyra-protocol, test `IvImpact`: standard size 1, factor 0.5.
#[test]
fn volatility_moves_as_the_peers_own_tests_assert() {
    for (contracts, vol, base, ratio) in [("1", "1", "1.01", "1.005"), ("10", "0.5", "0.6", "1.05")]
    {
        let mut desk = Desk::new(Markup::Lyra(bare()), vol);
        let option = series(0, "2000", Kind::Call);
        desk.trade(Side::Buy, option, contracts).unwrap();
        let (own_base, own_ratio) = desk.lyra().moved(option.expiry, option.strike);
        let outside = vol.parse::<Vol>().unwrap().get();
        near(outside * own_base, base.parse::<Vol>().unwrap().get(), "0.000001");
        near(own_ratio, ratio.parse::<Vol>().unwrap().get(), "0.000001");
    }
}

/// The whole order at the volatility after it, whoever asks or trades, and more than in pieces.
#[test]
fn lyra_orders_pay_the_volatility_they_leave() {
    let mut desk = Desk::new(Markup::Lyra(bare()), "0.65");
    let option = series(0, "2200", Kind::Call);
    let (vol, contracts) = (Real::lit("0.65"), Real::lit("12"));
    let after = (vol + Real::lit("0.12")) * (Real::ONE + Real::lit("0.06"));
    let want = contracts * (desk.worth(option, after) - desk.worth(option, vol));
    let asked = desk.ask(Side::Buy, option, "12").unwrap();
    near(money(asked.surcharge), want, "0.00001");

    let mut pieces = Desk::new(Markup::Lyra(bare()), "0.65");
    let paid: Real = (0..12)
        .map(|_| money(pieces.trade(Side::Buy, option, "1").unwrap().surcharge))
        .fold(Real::ZERO, |sum, one| sum + one);
    assert!(paid < want && paid > want / 2);

    let traded = desk.trade(Side::Buy, option, "12").unwrap();
    assert_eq!((traded.total, traded.surcharge), (asked.total, asked.surcharge));
    let one = (desk.lyra().moved(option.expiry, option.strike), pieces.lyra());
    let other = one.1.moved(option.expiry, option.strike);
    near(one.0.0, other.0, "0.000001");
    near(one.0.1, other.1, "0.000001");

    // Selling it back at the volatility after that: where it began, and at a loss.
    let back = desk.trade(Side::Sell, option, "12").unwrap();
    let (base, ratio) = desk.lyra().moved(option.expiry, option.strike);
    near(base, Real::ONE, "0.000001");
    near(ratio, Real::ONE, "0.000001");
    assert!(money(traded.total) + money(back.total) > want * Real::lit("0.99"));
}

#[test]
fn lyra_moves_an_expiry_and_no_other_and_forgets_it() {
    let mut desk = Desk::new(Markup::Lyra(bare()), "0.65");
    let (option, beside) = (series(0, "2000", Kind::Put), series(0, "1800", Kind::Call));
    let later = series(1, "2000", Kind::Put);
    let before =
        (desk.ask(Side::Buy, beside, "1").unwrap(), desk.ask(Side::Buy, later, "1").unwrap());
    desk.trade(Side::Buy, option, "5").unwrap();
    let after =
        (desk.ask(Side::Buy, beside, "1").unwrap(), desk.ask(Side::Buy, later, "1").unwrap());
    assert!(after.0.total > before.0.total);
    assert_eq!(after.1.total, before.1.total);

    // It moves with the outside surface, by its ratio.
    desk.observe(1000 + DAY, "0.8");
    let (base, ratio) = desk.lyra().moved(option.expiry, option.strike);
    near(base, Real::lit("1") + Real::lit("0.05") / Real::lit("0.65"), "0.000001");
    let quote = desk.ask(Side::Buy, option, "0.000001").unwrap();
    let vol = Real::lit("0.8") * base * ratio;
    let want = desk.worth(option, vol) - desk.worth(option, Real::lit("0.8"));
    near(money(quote.surcharge) * Real::lit("1000000"), want, "0.01");

    let expiry = option.expiry;
    desk.pool.must("the time", &Event::Clock { now: expiry }).unwrap();
    desk.pool.settle(expiry, Price::new(SPOT).unwrap()).unwrap();
    assert_eq!(desk.lyra().moved(expiry, option.strike), (Real::ONE, Real::ONE));
}

#[test]
fn lyra_refuses_what_leaves_its_bounds_on_that_side_only() {
    let within = |least, most| super::lyra::Within { least, most };
    let base = within(Real::lit("0.6"), Real::lit("0.7"));
    let desk = Desk::new(Markup::Lyra(Lyra { base, ..bare() }), "0.65");
    let option = series(0, "2000", Kind::Put);
    assert!(desk.ask(Side::Buy, option, "4.9").is_ok());
    assert_eq!(desk.ask(Side::Buy, option, "5.1").unwrap_err(), Turned::Limit);
    assert!(desk.ask(Side::Sell, option, "4.9").is_ok());
    assert_eq!(desk.ask(Side::Sell, option, "5.1").unwrap_err(), Turned::Limit);
    // A sell so large that no volatility is left is refused as well.
    let low = Lyra { base: within(Real::ZERO, Real::lit("20")), ..bare() };
    let desk = Desk::new(Markup::Lyra(low), "0.65");
    assert_eq!(desk.ask(Side::Sell, option, "66").unwrap_err(), Turned::Limit);
}

/// fee = f·spot·σ·|net vega|/net asset value a contract, only where net vega grows.
#[test]
fn lyra_charges_for_net_vega_where_it_grows() {
    let still = Lyra { skew_factor: Real::ZERO, standard_share: Real::ONE, ..bare() };
    let with = Lyra { vega_fee: Real::lit("19.4"), ..still };
    let (option, later) = (series(0, "2000", Kind::Put), series(1, "2000", Kind::Put));
    let fee = |desk: &Desk, plain: &Desk, side, series| {
        let asked = |desk: &Desk| money(desk.ask(side, series, "10").unwrap().surcharge);
        asked(desk) - asked(plain)
    };
    let mut pair = (Desk::new(Markup::Lyra(with), "0.65"), Desk::new(Markup::Lyra(still), "0.65"));
    let vega = |desk: &Desk, series| {
        let (desk, at) = desk.pool.find(series).unwrap();
        desk.valued(at).value.vega
    };
    // √(30/7) at seven days and 1 at thirty, over 100.
    let standard = Real::lit("10") * vega(&pair.0, option) * Real::lit("2.0701966780270626") / 100;
    let want = Real::lit("19.4") * SPOT * Real::lit("0.65") * standard / Real::lit("20000000") * 10;
    near(fee(&pair.0, &pair.1, Side::Buy, option), want, "0.001");
    for desk in [&mut pair.0, &mut pair.1] {
        desk.trade(Side::Buy, option, "10").unwrap();
    }
    let more = standard + Real::lit("10") * vega(&pair.0, later) / 100;
    near(fee(&pair.0, &pair.1, Side::Buy, later), want * (more / standard), "0.001");
    assert_eq!(fee(&pair.0, &pair.1, Side::Sell, option), Real::ZERO);
    let kept = fee(&pair.0, &pair.1, Side::Buy, later);
    for desk in [&mut pair.0, &mut pair.1] {
        desk.observe(1000, "0.65");
    }
    near(fee(&pair.0, &pair.1, Side::Buy, later), kept, "0.001");
}

/// Premian-Labs/v3-contracts, `OptionMath`: C = (k·e^(α(1−u)) + C_max·α − k)/(α·e^(α(1−u))) with
/// k = α(C_min·e^α − C_max)/(e^α − 1).
#[test]
fn the_multiplier_is_the_published_one() {
    let rule = Utilisation::default();
    let level = |share: Real| rule.multiplier(share, Real::ZERO).unwrap();
    near(level(Real::ZERO), rule.least, "0.000001");
    near(level(Real::ONE), rule.most, "0.000001");
    let (a, full) = (rule.curvature, exp(rule.curvature).unwrap());
    let k = a * (rule.least * full - rule.most) / (full - Real::ONE);
    for tenth in 0..=10 {
        let share = Real::from_num(tenth) / 10;
        let e = exp(a * (Real::ONE - share)).unwrap();
        near(level(share), (k * e + rule.most * a - k) / (a * e), "0.000001");
        assert!(tenth == 0 || level(share) > level(share - Real::lit("0.1")));
    }
    // Half a point an hour, never below the least.
    let late = rule.multiplier(Real::ONE, Real::lit("10")).unwrap();
    near(late, rule.most - Real::lit("0.05"), "0.000001");
    assert_eq!(rule.multiplier(Real::ONE, Real::lit("1000")).unwrap(), rule.least);
}

#[test]
fn utilisation_charges_the_geometric_mean_and_buys_back_at_the_lesser() {
    let rule = Utilisation::default();
    let mut desk = Desk::new(Markup::Utilisation(rule), "0.65");
    let option = series(0, "2000", Kind::Put);
    let fair = desk.worth(option, Real::lit("0.65"));
    assert_eq!(desk.ask(Side::Sell, option, "1").unwrap_err(), Turned::Limit);

    // 1,000 contracts at 2,000 lock a tenth of 20 million.
    let level = |share: &str| rule.multiplier(share.parse::<Vol>().unwrap().get(), Real::ZERO);
    let mean = |a: Real, b: Real| amm_core::math::sqrt(a * b).unwrap();
    let want = |a: Real, b: Real| (mean(a, b) - Real::ONE) * fair * Real::lit("1000");
    let first = desk.trade(Side::Buy, option, "1000").unwrap();
    near(money(first.surcharge), want(Real::ONE, level("0.1").unwrap()), "0.0001");
    near(desk.utilisation().utilisation(), Real::lit("0.1"), "0.000001");
    let second = desk.ask(Side::Buy, option, "1000").unwrap();
    near(money(second.surcharge), want(level("0.1").unwrap(), level("0.2").unwrap()), "0.0001");

    // Fair has not moved: bought back at fair, less the static engine's spread, and not below short.
    let back = desk.ask(Side::Sell, option, "1000").unwrap();
    assert_eq!(back.surcharge, Cash::ZERO);
    assert_eq!(desk.ask(Side::Sell, option, "1000.1").unwrap_err(), Turned::Limit);
    // It has risen: bought back at what it was sold for.
    desk.observe(1000, "0.8");
    let back = desk.ask(Side::Sell, option, "500").unwrap();
    let higher = desk.worth(option, Real::lit("0.8"));
    near(money(back.surcharge), (higher - fair) * Real::lit("500"), "0.0001");
    // More sold at the higher price: the average of both.
    desk.trade(Side::Buy, option, "1000").unwrap();
    let back = desk.ask(Side::Sell, option, "500").unwrap();
    near(money(back.surcharge), (higher - fair) / 2 * Real::lit("500"), "0.0001");
    // It has fallen: at fair.
    desk.observe(1000, "0.5");
    assert_eq!(desk.ask(Side::Sell, option, "500").unwrap().surcharge, Cash::ZERO);

    // What would lock all there is, is refused, and a smaller order is not.
    assert_eq!(desk.ask(Side::Buy, option, "8200").unwrap_err(), Turned::Limit);
    assert!(desk.ask(Side::Buy, option, "7000").is_ok());
}

/// An hour's discount is in the level after the trade only.
#[test]
fn utilisation_discounts_waiting_in_the_level_after() {
    let rule = Utilisation { decay_per_hour: Real::lit("0.01"), ..Utilisation::default() };
    let mut desk = Desk::new(Markup::Utilisation(rule), "0.65");
    let option = series(1, "2000", Kind::Call);
    desk.trade(Side::Buy, option, "5000").unwrap();
    desk.observe(1000 + 3600, "0.65");
    let fair = desk.worth(option, Real::lit("0.65"));
    let before = desk.utilisation().utilisation();
    let offer = desk.trade(Side::Buy, option, "1000").unwrap();
    let after = desk.utilisation().utilisation();
    let first = rule.multiplier(before, Real::ZERO).unwrap();
    let last = rule.multiplier(after, Real::ZERO).unwrap() - Real::lit("0.01");
    let mean = amm_core::math::sqrt(first * last).unwrap();
    near(money(offer.surcharge), (mean - Real::ONE) * fair * Real::lit("1000"), "0.0001");
    let again = desk.ask(Side::Buy, option, "1").unwrap();
    near(money(again.surcharge), (last + Real::lit("0.01") - Real::ONE) * fair, "0.001");
}

#[test]
fn a_flat_mark_up_charges_who_buys_and_pays_who_sells() {
    let relative = Real::lit("0.1");
    let mut desk = Desk::new(Markup::Flat { relative }, "0.65");
    let plain = Desk { design: Design::static_pool(), pool: desk.pool.clone() };
    let option = series(0, "1800", Kind::Call);
    let (board, at) = desk.pool.find(option).unwrap();
    let want = board.valued(at).value.vega * Real::lit("0.065") * 20;
    for (side, sign) in [(Side::Buy, 1), (Side::Sell, -1)] {
        let more = money(desk.ask(side, option, "20").unwrap().total)
            - money(plain.ask(side, option, "20").unwrap().total);
        near(more, want * sign, "0.000001");
    }
    let bought = desk.trade(Side::Buy, option, "20").unwrap();
    let sold = desk.trade(Side::Sell, option, "20").unwrap();
    assert!((money(bought.surcharge) + money(sold.surcharge)).abs() < Real::lit("0.00000001"));
    let one_sided = Desk::new(Markup::Ask { relative }, "0.65");
    let (asked, paid) =
        (one_sided.ask(Side::Buy, option, "20"), one_sided.ask(Side::Sell, option, "20"));
    near(money(asked.unwrap().surcharge), want, "0.000001");
    assert_eq!(paid.unwrap().surcharge, Cash::ZERO);
}

#[test]
fn designs_have_names_and_refuse_what_makes_no_sense() {
    for name in Design::NAMES {
        let design = Design::by_name(name).unwrap();
        assert_eq!(design.name, name);
        assert_eq!(design.check(), Ok(()));
    }
    assert!(Design::by_name("none").is_none());
    let lyra = |change: fn(&mut Lyra)| {
        let mut rule = Lyra::default();
        change(&mut rule);
        Markup::Lyra(rule)
    };
    let vault = |change: fn(&mut Utilisation)| {
        let mut rule = Utilisation::default();
        change(&mut rule);
        Markup::Utilisation(rule)
    };
    let wrong: Vec<Markup> = std::vec![
        Markup::Flat { relative: Real::lit("-0.51") },
        lyra(|rule| rule.standard_share = Real::ZERO),
        lyra(|rule| rule.base.most = rule.base.least),
        lyra(|rule| rule.vega_fee = Real::lit("-1")),
        vault(|rule| rule.curvature = Real::ZERO),
        vault(|rule| rule.most = Real::lit("0.9")),
        vault(|rule| rule.decay_per_hour = Real::lit("1.1")),
    ];
    for markup in wrong {
        assert!(Design { markup: Some(markup), ..Design::static_pool() }.check().is_err());
    }
}

/// Whoever asks twice changes nothing: a quote is a plan that nobody takes.
#[test]
fn asking_changes_nothing() {
    for name in Design::NAMES {
        let design = Design::by_name(name).unwrap();
        let markup = design.markup.clone().unwrap_or(Markup::Flat { relative: Real::ZERO });
        let mut desk = Desk::new(markup, "0.65");
        let option = series(0, "2000", Kind::Put);
        desk.trade(Side::Buy, option, "20").unwrap();
        let before = postcard::to_allocvec(&desk.pool).unwrap();
        for side in [Side::Buy, Side::Sell] {
            let first = desk.ask(side, option, "10").map(|offer| offer.total);
            assert_eq!(desk.ask(side, option, "10").map(|offer| offer.total), first);
        }
        assert_eq!(postcard::to_allocvec(&desk.pool).unwrap(), before);
        // What the engine refuses leaves the rule as it was.
        let huge = Order::new(TRADER, Side::Buy, option, size("900000000"));
        assert!(desk.pool.engine().quote(&huge).is_err());
        assert!(desk.trade(Side::Buy, option, "900000000").is_err());
        assert_eq!(postcard::to_allocvec(&desk.pool).unwrap(), before);
    }
}
