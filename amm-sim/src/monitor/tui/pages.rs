//! The pages.

use super::bars::{BOLD, SOFT, bar, colour, fact, signed, spark};
use crate::monitor::frame::{AccountMargin, Bucket, Frame, Topic};
use crate::monitor::text::{cash, clock, percent, price};
use crate::monitor::{Level, Number};
use ratatui::style::Color;
use ratatui::text::{Line, Span};

/// A page of the terminal view.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Page {
    #[default]
    Overview,
    Gamma,
    Loop,
    Surface,
    Risk,
    Warnings,
}

impl Page {
    /// In their order.
    pub(super) const ALL: [Self; 6] =
        [Self::Overview, Self::Gamma, Self::Loop, Self::Surface, Self::Risk, Self::Warnings];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Gamma => "gamma",
            Self::Loop => "loop gain",
            Self::Surface => "volatility",
            Self::Risk => "risk",
            Self::Warnings => "warnings",
        }
    }

    fn turned(self, by: usize) -> Self {
        Self::ALL[(self as usize + by) % Self::ALL.len()]
    }

    pub(super) fn next(self) -> Self {
        self.turned(1)
    }

    pub(super) fn previous(self) -> Self {
        self.turned(Self::ALL.len() - 1)
    }

    /// What it says of a frame in so many columns.
    pub(super) fn lines(self, frame: &Frame, width: usize) -> Vec<Line<'static>> {
        match self {
            Self::Overview => overview(frame, width),
            Self::Gamma => gamma(frame, width),
            Self::Loop => loops(frame, width),
            Self::Surface => surface(frame, width),
            Self::Risk => risk(frame),
            Self::Warnings => warnings(frame, width),
        }
    }
}

/// What there is before the first market update.
fn nothing() -> Vec<Line<'static>> {
    vec![Line::styled("No market has been seen yet.", SOFT)]
}

fn level_of(frame: &Frame, topic: Topic) -> Level {
    let found = frame.warnings.iter().find(|warning| warning.topic == topic);
    found.map_or(Level::Calm, |warning| warning.level)
}

fn overview(frame: &Frame, width: usize) -> Vec<Line<'static>> {
    let (Some(market), Some(gain), Some(greeks)) = (frame.market, &frame.loop_gain, frame.greeks)
    else {
        return nothing();
    };
    let history = &frame.history;
    let room = width.saturating_sub(34).min(history.time_s.len().max(1));
    let shape = |values: &[Number]| {
        let values: Vec<f64> = values.iter().map(|value| value.0).collect();
        Span::styled(spark(&values, room), Color::Blue)
    };
    let row = |name: &str, what: String, level: Level, values: &[Number]| {
        let what = Span::styled(format!("{what:<20}"), colour(level));
        fact(name, vec![what, Span::raw(" "), shape(values)])
    };
    let plain = |name: &str, what: String| fact(name, what);
    let mut lines = vec![
        row("spot", price(market.spot), Level::Calm, &history.spot),
        row(
            "loop gain",
            format!("{:.3}", gain.now.0),
            level_of(frame, Topic::LoopGain),
            &history.gain,
        ),
        row(
            "  ahead",
            format!("{:.3}", gain.ahead.0),
            level_of(frame, Topic::LoopGainAhead),
            &history.ahead,
        ),
    ];
    if let Some(everyone) = gain.everyone {
        let all: Vec<Number> = history.everyone.iter().flatten().copied().collect();
        lines.push(row("  everyone's", format!("{:.3}", everyone.0), Level::Calm, &all));
    }
    if let Some(vol) = &frame.volatility {
        let level = level_of(frame, Topic::Realised);
        lines.push(row("realised", percent(Some(vol.realised)), level, &history.realised));
        let quoted: Vec<Number> = history.quoted.iter().flatten().copied().collect();
        lines.push(row("quoted", percent(vol.quoted), Level::Calm, &quoted));
    }
    let flow = history.flow.last().copied().unwrap_or_default();
    let level = level_of(frame, Topic::Flow);
    lines.push(row("flow/bend", format!("{:+.2}", flow.0), level, &history.flow));
    let reserve = frame.reserves.skew_reserve;
    lines.push(row("skew reserve", cash(reserve), Level::Calm, &history.skew_reserve));
    lines.push(Line::raw(""));
    lines.push(plain("gamma", format!("{} for 1 %; {}", cash(greeks.gex), flips(frame))));
    let open = greeks.delta.0 + greeks.hedge.0;
    let hedge = format!("{:.1}, hedged with {:.1}, open {open:.1}", greeks.delta.0, greeks.hedge.0);
    lines.push(plain("delta", hedge));
    lines.push(plain("insurance", cash(frame.reserves.insurance)));
    let age = market.ages_s.iter().max().copied().unwrap_or_default();
    let span = colour(level_of(frame, Topic::Stale));
    let age = Span::styled(format!("{age} s old, opening takes {} s", market.ages_most_s[0]), span);
    lines.push(fact("inputs", age));
    lines.extend(around(frame));
    lines
}

/// The breaker and the predictor, if there are such.
fn around(frame: &Frame) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(breaker) = &frame.around.breaker {
        let level = colour(level_of(frame, Topic::Breaker));
        let asked = |by: Number| format!("; by auction at {:.1} spreads", by.0);
        let asked = breaker.auction.map_or(String::new(), asked);
        let text = format!("{}: {}{asked}", breaker.state.replace('_', " "), breaker.reason);
        lines.push(fact("breaker", Span::styled(text, level)));
    }
    if let Some(forecast) = &frame.around.forecast {
        let stress = forecast.stress.map_or("-".to_owned(), |stress| format!("{:.2}", stress.0));
        let cause = forecast.cause.as_ref().map_or(String::new(), |cause| format!(" for {cause}"));
        let text = format!("stress {stress}{cause}; volatility {}", percent(forecast.realised));
        lines.push(fact("predicted", Span::styled(text, colour(level_of(frame, Topic::Stress)))));
    }
    if let Some(carry) = &frame.around.carry {
        let text =
            format!("{} a year, basis {}", percent(Some(carry.funding)), percent(carry.basis));
        lines.push(fact("funding", text));
    }
    lines
}

fn flips(frame: &Frame) -> String {
    let Some(gamma) = &frame.gamma else { return String::new() };
    let flips: Vec<String> = gamma.flips.iter().map(|flip| price(flip.spot)).collect();
    match flips.is_empty() {
        true => "no flip within 25 %".to_owned(),
        false => format!("flips at {}", flips.join(", ")),
    }
}

fn gamma(frame: &Frame, width: usize) -> Vec<Line<'static>> {
    let (Some(gamma), Some(market)) = (&frame.gamma, frame.market) else { return nothing() };
    let walls: Vec<String> = gamma.walls.iter().map(|wall| price(wall.spot)).collect();
    let walls = if walls.is_empty() { "none".to_owned() } else { walls.join(", ") };
    let mut lines = vec![fact("flip", flips(frame)), fact("walls", walls)];
    let half = width.saturating_sub(28) / 2;
    let sums: Vec<(f64, f64)> = gamma
        .by_strike
        .iter()
        .map(|row| (row.strike.0, row.gex.iter().map(|gex| gex.0).sum()))
        .collect();
    lines.push(Line::styled("cash for 1 % by strike: short to the left, long to the right", BOLD));
    lines.extend(rows(&sums, market.spot.0, half));
    lines.push(Line::raw(""));
    lines.push(Line::styled("cash for 1 % if spot stood elsewhere", BOLD));
    // Every third level: those of the page are closer than lines can be.
    let levels: Vec<(f64, f64)> =
        gamma.profile.iter().step_by(3).map(|level| (level.spot.0, level.gex.0)).collect();
    lines.extend(rows(&levels, market.spot.0, half));
    lines
}

/// Signed bars by price, with spot where it stands between them.
fn rows(values: &[(f64, f64)], spot: f64, half: usize) -> Vec<Line<'static>> {
    let most = values.iter().map(|(_, value)| value.abs()).fold(0.0, f64::max);
    let mut before = f64::NEG_INFINITY;
    let mut lines = Vec::new();
    for &(at, value) in values {
        let here = if before < spot && spot <= at { "→" } else { " " };
        before = at;
        let mut line = Line::from(format!("{:>10} {here} ", price(Number(at))));
        line.spans.extend(signed(value, most, half));
        line.spans.push(Span::raw(format!(" {:>10}", cash(Number(value)))));
        lines.push(line);
    }
    lines
}

fn loops(frame: &Frame, width: usize) -> Vec<Line<'static>> {
    let Some(gain) = &frame.loop_gain else { return nothing() };
    let thresholds = gain.thresholds.map(|threshold| threshold.0);
    let style = |value: f64| {
        let levels = [Level::Watch, Level::Warning, Level::Alarm];
        let passed = levels.iter().zip(thresholds).filter(|(_, threshold)| value > *threshold);
        colour(passed.map(|(level, _)| *level).max().unwrap_or_default())
    };
    let bands = gain.buckets.iter().map(|bucket| bucket.bands.len()).max().unwrap_or(0);
    let mut head = format!("{:>8} {:>7}", "expiry", "now");
    for band in 0..bands {
        let away = band as f64 - (bands as f64 - 1.0) / 2.0;
        head +=
            &format!(" {:>7}", if away == 0.0 { "stays".to_owned() } else { format!("{away:+}σ") });
    }
    let mut lines = vec![
        Line::styled("Now, and what it becomes if spot goes to a band of deviations", BOLD),
        Line::styled(head, SOFT),
    ];
    for bucket in &gain.buckets {
        let mut line = Line::from(format!("{:>8}", left(bucket)));
        for value in [&bucket.gain].into_iter().chain(&bucket.bands) {
            line.spans.push(Span::styled(format!(" {:>7.3}", value.0), style(value.0)));
        }
        lines.push(line);
    }
    lines.push(Line::raw(""));
    let room = width.saturating_sub(30);
    for (name, value) in [("now", gain.now.0), ("ahead", gain.ahead.0)] {
        let bar = Span::styled(bar(value, 1.0, room), style(value));
        lines.push(fact(name, vec![Span::raw(format!("{value:6.3} ")), bar]));
    }
    let marks = thresholds.map(|threshold| format!("{threshold}")).join(", ");
    lines.push(Line::styled(
        format!("watch, warning and alarm above {marks}; 1 feeds on itself"),
        SOFT,
    ));
    lines.push(Line::raw(""));
    lines.push(Line::styled("Flow of late: half the dollar gamma bought from the pool", BOLD));
    let most = gain.buckets.iter().map(|bucket| bucket.flow_relative.0.abs()).fold(1.0, f64::max);
    let half = width.saturating_sub(40) / 2;
    for bucket in &gain.buckets {
        let mut line = Line::from(format!("{:>8} {:>10} ", left(bucket), cash(bucket.flow)));
        // Bought from the pool makes it short: to the left.
        line.spans.extend(signed(-bucket.flow_relative.0, most, half));
        line.spans.push(Span::raw(format!(" {:+.2} of the bend", bucket.flow_relative.0)));
        lines.push(line);
    }
    lines
}

fn left(bucket: &Bucket) -> String {
    days(bucket.days)
}

fn days(days: Number) -> String {
    if days.0 < 2.0 { format!("{:.0} h", 24.0 * days.0) } else { format!("{:.1} d", days.0) }
}

fn surface(frame: &Frame, width: usize) -> Vec<Line<'static>> {
    let Some(vol) = &frame.volatility else { return nothing() };
    let mut lines = vec![
        fact("realised", percent(Some(vol.realised))),
        fact("quoted", format!("{} at the money, base {}", percent(vol.quoted), percent(vol.base))),
        Line::styled("per cent a year by strike: quoted, and points of it for the loop", BOLD),
    ];
    let columns = (width.saturating_sub(12) / 13).max(1);
    for part in vol.surface.chunks(columns) {
        let heads = part.iter().map(|smile| format!("{:>13}", days(smile.days)));
        lines.push(Line::styled(format!("{:>10} {}", "strike", heads.collect::<String>()), SOFT));
        let strikes = part.iter().flat_map(|smile| smile.lines.iter().map(|line| line.strike.0));
        let mut strikes: Vec<f64> = strikes.collect();
        strikes.sort_by(f64::total_cmp);
        strikes.dedup();
        for strike in strikes {
            let mut line = Line::from(format!("{:>10} ", price(Number(strike))));
            for smile in part {
                let found = smile.lines.iter().find(|line| line.strike.0 == strike);
                let cell = found.and_then(|line| Some((line.quoted?.0, line.base.0)));
                let Some((quoted, base)) = cell else {
                    line.spans.push(Span::styled(format!("{:>13}", "-"), SOFT));
                    continue;
                };
                let loops = 100.0 * (quoted - base);
                let tint = if loops > 0.05 {
                    Color::Red
                } else if loops < -0.05 {
                    Color::Green
                } else {
                    Color::DarkGray
                };
                line.spans.push(Span::raw(format!("{:>7.1}", 100.0 * quoted)));
                line.spans.push(Span::styled(format!("{loops:>+6.1}"), tint));
            }
            lines.push(line);
        }
    }
    lines
}

fn risk(frame: &Frame) -> Vec<Line<'static>> {
    let reserves = &frame.reserves;
    let worth = reserves.worth.map_or("-".to_owned(), cash);
    let mut lines = vec![
        fact(
            "skew",
            format!("{} paid, {} kept", cash(reserves.skew_paid), cash(reserves.skew_reserve)),
        ),
        fact(
            "flow",
            format!("{} paid, {} kept", cash(reserves.flow_paid), cash(reserves.flow_reserve)),
        ),
        fact("insurance", cash(reserves.insurance)),
        fact("owed", cash(reserves.owed)),
        fact("pool worth", worth),
    ];
    if let Some(greeks) = frame.greeks {
        lines.push(fact("vega", format!("{} a point", cash(greeks.vega))));
        lines.push(fact("theta", format!("{} a day", cash(greeks.theta))));
    }
    lines.extend(around(frame));
    let accounts = |title: &str, list: &[AccountMargin]| {
        let head =
            Line::styled(format!("{title:<24} {:>12} {:>12}", "equity", "maintenance"), BOLD);
        let row = |one: &AccountMargin| {
            let (equity, maintenance) = (cash(one.equity), cash(one.maintenance));
            let text = format!("account {:<16} {equity:>12} {maintenance:>12}", one.account);
            Line::styled(
                text,
                if one.equity.0 < one.maintenance.0 { Color::Red } else { Color::Reset },
            )
        };
        [Line::raw(""), head].into_iter().chain(list.iter().map(row)).collect::<Vec<_>>()
    };
    match &frame.around.margin {
        Some(margin) => {
            let needs = format!(
                "{} accounts have {}, need {} to keep and {} to open",
                margin.accounts,
                cash(margin.equity),
                cash(margin.maintenance),
                cash(margin.initial)
            );
            lines.push(fact("margin", needs));
            lines.extend(accounts("nearest to liquidation", &margin.nearest));
        }
        None => lines.push(fact("margin", "accounts are fully collateralised")),
    }
    if let Some(liquidation) = &frame.around.liquidation {
        lines.extend(accounts("to be liquidated", &liquidation.queue));
        let text = format!(
            "{} units at one time, {} from insurance",
            cash(liquidation.units),
            cash(liquidation.insurance_drawn)
        );
        lines.push(fact("of late", text));
    }
    lines
}

fn warnings(frame: &Frame, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled("What holds", BOLD)];
    if frame.warnings.is_empty() {
        lines.push(Line::styled("nothing", SOFT));
    }
    for warning in &frame.warnings {
        let name = Span::styled(format!("{:<8} ", warning.level.name()), colour(warning.level));
        lines.extend(wrapped(name, &warning.reason, width));
        if warning.topic != Topic::Source {
            let (value, since) = (warning.value.0, clock(warning.since_s));
            let text = format!("         {value:.3} above {}, since {since}", warning.threshold.0);
            lines.push(Line::styled(text, SOFT));
        }
    }
    lines.push(Line::raw(""));
    lines.push(Line::styled("What has changed, the last first", BOLD));
    for change in &frame.changes {
        let name = Span::styled(format!("{:<8} ", change.to.name()), colour(change.to));
        let reason = match change.reason.is_empty() {
            true => format!("no longer {}", change.from.name()),
            false => change.reason.clone(),
        };
        lines.extend(wrapped(name, &format!("{}  {reason}", clock(change.time_s)), width));
    }
    lines
}

/// A text after a name of nine columns, in lines that fit.
fn wrapped(name: Span<'static>, text: &str, width: usize) -> Vec<Line<'static>> {
    let room = width.saturating_sub(10).max(20);
    let mut parts = vec![String::new()];
    for word in text.split(' ') {
        let last = parts.last_mut().map_or(0, |part| part.chars().count());
        match parts.last_mut() {
            Some(part) if last == 0 => part.push_str(word),
            Some(part) if last + 1 + word.chars().count() <= room => {
                part.push(' ');
                part.push_str(word);
            }
            _ => parts.push(word.to_owned()),
        }
    }
    let mut names = std::iter::once(name);
    let line = |part: String| {
        let name = names.next().unwrap_or_else(|| Span::raw(" ".repeat(9)));
        Line::from(vec![name, Span::raw(part)])
    };
    parts.into_iter().map(line).collect()
}
