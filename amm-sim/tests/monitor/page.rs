//! The page in a real browser: nothing asked of anybody else, nothing said on the console, every figure drawn,
//! in light and dark, wide and narrow; it follows, says when it has lost its server, and finds it again.
//!
//! Without a browser it is skipped, or fails if `AMM_BROWSER` is set. `MONITOR_PICTURES=DIR` keeps pictures of
//! every appearance, for looking at.

use crate::browser::Browser;
use crate::program::{Monitor, SOON};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

/// Every figure of the page, and the least number of shapes that it is drawn of.
const FIGURES: [(&str, u64); 9] = [
    ("gain", 15),
    ("spot", 10),
    ("volatility", 12),
    ("gex", 20),
    ("profile", 15),
    ("buckets", 25),
    ("surface", 40),
    ("flow", 10),
    ("reserve", 10),
];

/// A run that has seen its shock.
const RUN: [&str; 4] = ["stress", "--set=blocks=330", "--set=horizons=[1, 10]", "--pace=0"];

#[test]
fn every_figure_is_drawn_everywhere() {
    let Some(browser) = Browser::start() else {
        let missing = "no chromium (Debian: chromium and chromium-driver)";
        assert!(std::env::var_os("AMM_BROWSER").is_none(), "{missing}");
        eprintln!("skipped: {missing}");
        return;
    };
    let monitor = Monitor::start(&RUN);
    monitor.finished();
    let address = format!("http://{}/", monitor.address);
    for (width, scheme) in [(1600, "light"), (1600, "dark"), (400, "light"), (400, "dark")] {
        browser.appear(width, 1000, scheme);
        browser.open(&address);
        until(&browser, "return document.documentElement.dataset.drawn !== undefined");
        looked_at(&browser, &format!("{width} {scheme}"));
        assert_eq!(browser.run("return document.documentElement.dataset.theme"), json!(scheme));
        picture(&browser, &format!("{width}-{scheme}"), width);
        quiet(&browser, &address);
    }
    handled(&browser);
    around(&browser);
    quiet(&browser, &address);
}

#[test]
fn the_page_follows_and_says_when_it_cannot() {
    let Some(browser) = Browser::start() else { return }; // said above
    let monitor =
        Monitor::start(&["stress", "--set=blocks=400", "--set=horizons=[1, 10]", "--pace=40"]);
    let address = monitor.address.clone();
    browser.open(&format!("http://{address}/"));
    until(&browser, "return document.getElementById('link').textContent === 'live'");
    let blocks = "return document.querySelector('.meta').textContent";
    let before = browser.run(blocks);
    until(&browser, &format!("return document.querySelector('.meta').textContent !== {before}"));
    drop(monitor);
    until(&browser, "return document.getElementById('link').textContent === 'connection lost'");
    assert_eq!(browser.run("return document.getElementById('page').className"), json!("stale"));
    // Another one at the same place.
    let again = Monitor::start(&[&RUN[..], &["--listen", &address]].concat());
    again.finished();
    until(&browser, "return document.getElementById('link').textContent === 'finished'");
    assert_eq!(browser.run("return document.getElementById('page').className"), json!(""));
}

/// Waits until a script says so.
fn until(browser: &Browser, script: &str) {
    let start = Instant::now();
    while browser.run(script) != json!(true) {
        assert!(start.elapsed() < SOON, "{script}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

/// Every figure is there, drawn, and within the window.
fn looked_at(browser: &Browser, context: &str) {
    for (id, least) in FIGURES {
        let count = browser
            .run(&format!("return document.querySelectorAll('#fig-{id} .chart svg *').length"));
        assert!(count.as_u64().unwrap() >= least, "{context}: {id} has {count} shapes of {least}");
        let text = browser
            .run(&format!("return document.querySelector('#fig-{id} .reading').textContent"));
        assert!(text.as_str().unwrap().len() > 15, "{context}: {id}: {text}");
    }
    let figures = browser.run("return document.querySelectorAll('figure').length");
    assert_eq!(figures, json!(FIGURES.len()), "{context}");
    let tiles = browser.run("return document.querySelectorAll('.tile').length");
    assert!(tiles.as_u64() >= Some(9), "{context}: {tiles} tiles");
    let wider = browser.run("return document.documentElement.scrollWidth - innerWidth");
    assert!(wider.as_i64().unwrap() <= 0, "{context}: {wider} pixels too wide");
    assert_eq!(browser.run(OUTSIDE), json!([]), "{context}: text outside its chart or tile");
    let odd = browser.run(
        "return ['NaN', 'undefined', 'null', 'Infinity'].filter(word => new RegExp('\\\\b' + word + '\\\\b').test(document.getElementById('page').innerText))",
    );
    assert_eq!(odd, json!([]), "{context}");
}

/// Texts that lie outside their chart or tile, or across one another.
const OUTSIDE: &str = "
    const found = [];
    for (const chart of document.querySelectorAll('.chart')) {
        const box = chart.getBoundingClientRect(), name = chart.parentElement.id;
        const texts = [...chart.querySelectorAll('svg text')].filter(text => text.textContent.trim());
        const places = texts.map(text => [text.textContent, text.getBoundingClientRect()]);
        for (const [text, at] of places) {
            if (at.left < box.left - 1 || at.right > box.right + 1 || at.top < box.top - 1 || at.bottom > box.bottom + 1) found.push(`${name}: ${text} is cut`);
        }
        for (let one = 0; one < places.length; one++) for (let other = one + 1; other < places.length; other++) {
            const [a, b] = [places[one][1], places[other][1]];
            const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (wide > 3 && high > 4) found.push(`${name}: ${places[one][0]} over ${places[other][0]}`);
        }
    }
    for (const figure of document.querySelectorAll('.tile .figure')) {
        if (figure.scrollWidth > figure.clientWidth + 1) found.push(`${figure.textContent} does not fit its tile`);
    }
    return found;";

/// What can be pressed.
fn handled(browser: &Browser) {
    browser.appear(1600, 1000, "light");
    let theme =
        "document.getElementById('theme').click(); return document.documentElement.dataset.theme";
    assert_eq!(browser.run(theme), json!("dark"));
    assert_eq!(browser.run(theme), json!("light"));
    let reading = "return document.querySelector('#fig-surface .reading').textContent";
    let before = browser.run(reading);
    browser.run("document.querySelector('#fig-surface h3 button').click()");
    assert_ne!(browser.run(reading), before);
    looked_at(browser, "pressed");
    browser.run("document.querySelector('#fig-surface h3 button').click()");
}

/// Frames that this engine does not make: breaker, margin, liquidations, a forecast, alarms; and nothing.
fn around(browser: &Browser) {
    browser.run(
        "const account = (account, equity) => ({ account, equity, maintenance: 1e5 });
        const warning = (topic, level, value, reason) => ({ topic, level, value, threshold: 0.6, reason, since_s: last.time_s - 9000 });
        const frame = { ...last, level: 'alarm',
            forecast: { horizon_s: 86400, realised: 0.9, range: 0.8, stress: 0.7, cause: 'the loop gain' },
            breaker: { state: 'halted', since_s: last.time_s, reason: 'loop gain 0.84', auction: 6.8 },
            carry: { funding: -0.125, basis: 0.04 },
            margin: { accounts: 1234, equity: 5e7, initial: 4e7, maintenance: 3e7, nearest: [account(17, 9e4), account(4, 2e5)] },
            liquidation: { queue: [account(17, 9e4)], units: 12.5, insurance_drawn: 2e4 },
            warnings: [warning('breaker', 'alarm', 3, 'the breaker is reduce only: loop gain 0.84'), warning('loop_gain', 'warning', 0.7, 'loop gain 0.70 in the next 2 d'), warning('stale', 'watch', 40, 'the surface is 40 s old <b>&')] };
        show(frame); draw();",
    );
    looked_at(browser, "around");
    let page = browser.run("return document.getElementById('page').innerText");
    let page = page.as_str().unwrap();
    for said in [
        "Halted",
        "loop gain 0.84, by auction at 6.8 spreads",
        "\u{2212}13\u{202f}%",
        "forward 4.0\u{202f}% above spot",
        "Liquidation queue",
        "1\u{202f}234 accounts",
        "40 s old <b>&",
        "reduce only: loop gain 0.84",
    ] {
        assert!(page.contains(said), "no `{said}`: {page}");
    }
    assert_eq!(browser.run("return document.querySelectorAll('#verdict li').length"), json!(3));
    picture(browser, "around", 1600);
    browser.run(
        "show({ source: { title: 'x.log', state: 'waiting' }, time_s: 0, level: 'calm', warnings: [], changes: [],
            market: null, greeks: null, loop_gain: null, gamma: null, volatility: null, reserves: { skew_reserve: 0, skew_paid: 0, flow_paid: 0, flow_reserve: 0, insurance: 0, owed: 0, worth: null },
            history: { time_s: [], spot: [], gain: [], ahead: [], everyone: [], realised: [], quoted: [], flow: [], skew_reserve: [] }, number: 0 }); draw();",
    );
    assert_eq!(
        browser.run("return document.querySelectorAll('figure.empty').length"),
        json!(FIGURES.len())
    );
    assert_eq!(browser.run("return document.getElementById('link').textContent"), json!("waiting"));
}

/// Nothing was asked of the network but of the monitor itself, and nothing is wrong by the console's account.
fn quiet(browser: &Browser, address: &str) {
    let said = browser.logged("browser");
    assert!(said.is_empty(), "{said:#?}");
    for entry in browser.logged("performance") {
        let message: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
        let message = &message["message"];
        if message["method"] != "Network.requestWillBeSent" {
            continue;
        }
        let url = message["params"]["request"]["url"].as_str().unwrap();
        assert!(url.starts_with(address) || url.starts_with("data:"), "{url}");
    }
}

/// Keeps a picture of the whole page in base64, if that is wanted.
fn picture(browser: &Browser, name: &str, width: u32) {
    let Some(folder) = std::env::var_os("MONITOR_PICTURES").map(PathBuf::from) else { return };
    fs::create_dir_all(&folder).unwrap();
    let height = browser.run("return document.documentElement.scrollHeight");
    let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
    let options = json!({ "captureBeyondViewport": true, "clip": clip });
    let shot = browser.command("Page.captureScreenshot", &options);
    fs::write(folder.join(format!("{name}.png.base64")), shot["data"].as_str().unwrap()).unwrap();
}
