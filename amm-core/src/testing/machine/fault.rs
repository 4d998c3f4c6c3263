//! Market updates that are wrong in one place.

use crate::engine::MarketUpdate;
use crate::num::{Price, Real, Timestamp};
use crate::surface::{Slice, Svi};

/// Breaks an update in one of several ways.
pub(super) fn faulty(update: &mut MarketUpdate, fault: u8) {
    let later = Timestamp::new(update.now.get().saturating_add(1));
    let earlier = |by| Timestamp::new(update.now.get().saturating_sub(by));
    match fault % 16 {
        0 => update.prices_at = later,
        1 => update.surface_at = later,
        2 => update.depth_at = later,
        3 => update.prices_at = earlier(90),
        4 => update.surface_at = earlier(900),
        5 if fault < 240 => update.spot = Price::MIN,
        5 => update.traded = Some(Price::MIN),
        6 if fault < 240 => update.spot = Price::MAX,
        6 => update.peg = Real::ZERO,
        7 if fault < 240 || update.assets.is_empty() => update.feeds.reverse(),
        7 => update.assets.iter_mut().flatten().for_each(|feed| feed.at = later),
        8 if fault < 240 => drop(update.feeds.pop()),
        8 => update.assets.extend([None; 9]),
        9 if fault < 240 => update.feeds.clear(),
        9 => update.pledged = Real::ONE + Real::DELTA,
        _ => {
            let Some(feed) = update.feeds.first_mut() else { return };
            match fault % 16 {
                10 => feed.forward = Price::MIN,
                11 => feed.outside_gain = Real::lit("11"),
                12 => feed.expiry = update.now,
                13 => feed.expiry = Timestamp::new(feed.expiry.get().saturating_add(1)),
                14 => feed.forward = Price::MAX,
                // Vogt's slice: positive, with a negative density.
                _ => {
                    let numbers = ["-0.041", "0.1331", "0.306", "0.3586", "0.4153"];
                    let [a, b, rho, m, sigma] = numbers.map(|n| n.parse().unwrap_or(Real::ONE));
                    feed.slice = Svi::new(a, b, rho, m, sigma).map_or(feed.slice, Slice::Svi);
                }
            }
        }
    }
}
