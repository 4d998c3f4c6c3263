//! The report of a made-up run, opened in a real browser: nothing asked of the network, nothing said on
//! the console, every figure drawn, in light and dark, wide and narrow and on paper.
//!
//! Without a browser it is skipped, or fails if `AMM_BROWSER` is set. `REPORT_PICTURES=DIR` keeps pictures
//! of every appearance, for looking at.
#![allow(clippy::float_arithmetic, reason = "numbers made up for pictures")]

mod browser;
mod sample;
mod study;

use amm_sim::report;
use amm_sim::tables::{self, Holds, Need, Source, schema};
use browser::Browser;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Every figure of the page, and the least number of shapes that it is drawn of.
const FIGURES: [(&str, u64); 18] = [
    ("headline", 40),
    ("gain", 60),
    ("signature", 30),
    ("impulse", 15),
    ("frontier", 60),
    ("split", 30),
    ("placebos", 60),
    ("lp", 40),
    ("surface", 140),
    ("gex", 60),
    ("profile", 15),
    ("paths", 20),
    ("replay_error", 10),
    ("replay_iv", 40),
    ("replay_pnl", 10),
    ("sweep", 30),
    ("throughput", 15),
    ("validation", 30),
];

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn every_figure_is_drawn_everywhere() {
    let directory = folder("report");
    sample::write(&directory);
    let file = report::write(&directory).unwrap();
    println!("{} bytes", fs::metadata(&file).unwrap().len());
    let Some(browser) = Browser::start() else {
        let missing = "no chromium (Debian: chromium and chromium-driver)";
        assert!(std::env::var_os("AMM_BROWSER").is_none(), "{missing}");
        eprintln!("skipped: {missing}");
        return;
    };
    let address = format!("file://{}", file.display());
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")] {
        browser.appear(width, 900, scheme);
        let start = Instant::now();
        browser.open(&address);
        assert_eq!(browser.run("return document.documentElement.dataset.ready"), json!("true"));
        println!("{width} {scheme}: {} ms", start.elapsed().as_millis());
        looked_at(&browser, &format!("{width} {scheme}"));
        assert_eq!(browser.run("return document.documentElement.dataset.theme"), json!(scheme));
        picture(&browser, &format!("{width}-{scheme}"), width);
        quiet(&browser, &address);
    }
    handled(&browser);
    printed(&browser);
    quiet(&browser, &address);
}

/// Every figure is there, drawn, and within the window.
fn looked_at(browser: &Browser, context: &str) {
    for (id, least) in FIGURES {
        let count = browser
            .run(&format!("return document.querySelectorAll('#fig-{id} .chart svg *').length"));
        assert!(count.as_u64().unwrap() >= least, "{context}: {id} has {count} shapes of {least}");
        let text = browser
            .run(&format!("return document.querySelector('#fig-{id} .reading').textContent"));
        let text = text.as_str().unwrap();
        assert!(
            text.len() > 20 && !text.contains("NaN") && !text.contains("undefined"),
            "{id}: {text}"
        );
    }
    let figures = browser.run("return document.querySelectorAll('figure').length");
    assert_eq!(figures, json!(FIGURES.len()), "{context}");
    for id in ["figures", "quality", "validation", "falsifiers", "reproduction"] {
        let text = browser.run(&format!("return document.getElementById('{id}').textContent"));
        assert!(text.as_str().unwrap().len() > 100, "{context}: {id}");
    }
    let wider = browser.run("return document.documentElement.scrollWidth - innerWidth");
    assert!(wider.as_i64().unwrap() <= 0, "{context}: {wider} pixels too wide");
    let table = "const box = document.querySelector('#figures .scroll'); return box.scrollWidth - box.clientWidth";
    assert_eq!(browser.run(table), json!(0), "{context}: the headline does not fit");
    let outside = browser.run(&outside(".chart"));
    assert_eq!(outside, json!([]), "{context}: text outside its chart");
    let odd = browser.run(
        "return ['NaN', 'undefined', 'null', 'Infinity'].filter(word => new RegExp('\\\\b' + word + '\\\\b').test(document.getElementById('page').innerText))",
    );
    assert_eq!(odd, json!([]), "{context}");
}

/// A script for texts of charts that lie outside their chart or across one another.
fn outside(charts: &str) -> String {
    OUTSIDE.replace("CHARTS", charts)
}

const OUTSIDE: &str = "
    const found = [];
    for (const chart of document.querySelectorAll('CHARTS')) {
        const box = chart.getBoundingClientRect(), name = chart.parentElement.id;
        const texts = [...chart.querySelectorAll('text')].filter(text => text.textContent.trim());
        const places = texts.map(text => [text.textContent, text.getBoundingClientRect()]);
        for (const [text, at] of places) {
            if (at.left < box.left - 1 || at.right > box.right + 1 || at.top < box.top - 1 || at.bottom > box.bottom + 1) found.push(`${name}: ${text} is cut`);
        }
        for (const [at, [text, a]] of places.entries()) for (const [other, b] of places.slice(at + 1)) {
            const x = Math.min(a.right, b.right) - Math.max(a.left, b.left), y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (x > 1.5 && y > 3) found.push(`${name}: ${text} / ${other}`);
        }
    }
    return found;";

/// Nothing on the console, and no request but for the page itself.
fn quiet(browser: &Browser, address: &str) {
    assert_eq!(browser.logged("browser"), Vec::<Value>::new());
    for entry in browser.logged("performance") {
        let message: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
        let message = &message["message"];
        if message["method"] == "Network.requestWillBeSent" {
            let asked = message["params"]["request"]["url"].as_str().unwrap();
            assert!(asked == address || asked == "data:,", "asked for {asked}");
        }
    }
}

/// The toggle, a legend, a choice and the numbers do what they say.
fn handled(browser: &Browser) {
    let theme = "return document.documentElement.dataset.theme";
    assert_eq!(browser.run(theme), json!("dark"));
    browser.run("document.getElementById('theme').click()");
    assert_eq!(browser.run(theme), json!("light"));

    let shapes = "return document.querySelectorAll('#fig-gain .chart svg *').length";
    let before = browser.run(shapes).as_u64().unwrap();
    let click = "document.querySelector('#fig-gain .legend button').click()";
    browser.run(click);
    assert!(browser.run(shapes).as_u64().unwrap() < before);
    browser.run(click);
    assert_eq!(browser.run(shapes).as_u64().unwrap(), before);

    let reading = "return document.querySelector('#fig-split .reading').textContent";
    let half = browser.run(reading);
    browser.run("document.querySelector('#fig-split .choice button').click()");
    assert_ne!(browser.run(reading), half);

    browser.run("document.querySelector('#fig-lp details').open = true");
    std::thread::sleep(std::time::Duration::from_millis(200)); // its event comes later
    let rows = browser.run("return document.querySelectorAll('#fig-lp tbody tr').length");
    assert_eq!(rows, json!(45));
}

/// On paper the page is light, and everything that was on the screen is there.
fn printed(browser: &Browser) {
    browser.appear(1280, 900, "dark");
    browser.run("dispatchEvent(new Event('beforeprint'))");
    assert_eq!(browser.run("return document.documentElement.dataset.theme"), json!("light"));
    assert_eq!(browser.run(&outside(".chart")), json!([]), "on paper");
    browser.run("dispatchEvent(new Event('afterprint'))");
    let paper = browser.command("Page.printToPDF", &json!({ "preferCSSPageSize": true }));
    if let Some(folder) = pictures() {
        fs::write(folder.join("paper.pdf.base64"), paper["data"].as_str().unwrap()).unwrap();
    }
}

fn pictures() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("REPORT_PICTURES")?);
    fs::create_dir_all(&folder).unwrap();
    Some(folder)
}

/// The whole page as a picture, in base64.
fn picture(browser: &Browser, name: &str, width: u32) {
    let Some(folder) = pictures() else { return };
    let height = browser.run("return document.documentElement.scrollHeight");
    let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
    let options = json!({ "captureBeyondViewport": true, "clip": clip });
    let shot = browser.command("Page.captureScreenshot", &options);
    fs::write(folder.join(format!("{name}.png.base64")), shot["data"].as_str().unwrap()).unwrap();
}

/// Every table with so many rows, all numbers the same: one design alone, nothing that may be missing.
fn bleak(directory: &Path, rows: u32, number: f64) {
    let folder = directory.join("tables");
    fs::create_dir_all(&folder).unwrap();
    fs::write(directory.join("summary.json"), "{}").unwrap();
    let sweep = schema::sweep([("a", Holds::Float), ("b", Holds::Text)]);
    for mut table in schema::all().into_iter().chain([sweep]) {
        for row in 0..rows {
            let cells = table.columns().iter().map(|column| match (column.need, column.holds) {
                (Need::Maybe, _) => tables::Value::Empty,
                (_, Holds::Integer) => row.into(),
                (_, Holds::Float) => number.into(),
                (_, Holds::Text) => "any".into(),
                (_, Holds::Boolean) => true.into(),
            });
            table.push_row(cells.collect()).unwrap();
        }
        tables::write(&folder, &table, &Source::new(0, "")).unwrap();
    }
}

/// Runs that lack almost everything, or whose numbers are absurd, still make a page without an error.
#[test]
fn a_bleak_run_is_a_page_too() {
    let Some(browser) = Browser::start() else {
        eprintln!("skipped: no chromium (Debian: chromium and chromium-driver)");
        return;
    };
    for (rows, number) in [(0, 0.0), (1, 0.0), (1, 1e300), (2, -1e300), (3, 1.0), (2, 1e-300)] {
        let directory = folder("report-bleak");
        bleak(&directory, rows, number);
        let address = format!("file://{}", report::write(&directory).unwrap().display());
        for width in [1280, 400] {
            browser.appear(width, 900, "light");
            browser.open(&address);
            let ready = browser.run("return document.documentElement.dataset.ready");
            assert_eq!(ready, json!("true"), "{rows} rows of {number}, {width} wide");
            let absent = browser.run("return document.querySelectorAll('#absent li').length");
            assert_eq!(absent.as_u64().unwrap() > 15, rows == 0);
            quiet(&browser, &address);
        }
    }
}

/// The command's answer: exit code, standard output, standard error.
fn report_of(directory: &Path) -> (i32, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_amm-sim")).arg("report").arg(directory).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_same_run_is_the_same_page_and_a_missing_figure_is_named() {
    let directory = folder("report-again");
    sample::write(&directory);
    let (code, out, err) = report_of(&directory);
    let file = directory.join("report.html");
    assert_eq!((code, &*out, &*err), (0, &*format!("{}\n", file.display()), ""));
    let page = fs::read(&file).unwrap();
    for entry in fs::read_dir(directory.join("tables")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().unwrap() == "parquet" {
            fs::remove_file(path).unwrap(); // the CSV says the same
        }
    }
    report_of(&directory);
    let again = fs::read(&file).unwrap();
    assert!(again.len() > 1_000_000 && page.len() >= again.len());
    report_of(&directory);
    assert!(fs::read(&file).unwrap() == again);
}

#[test]
fn what_is_wrong_is_named_with_what_to_do() {
    let directory = folder("report-wrong");
    let place = directory.display();
    let (code, _, err) = report_of(&directory);
    assert_eq!(code, 2);
    assert!(err.starts_with(&format!("{place}/summary.json: No such file")), "{err}");
    assert!(err.contains("\n  help: name the directory of a run"), "{err}");
    fs::write(directory.join("summary.json"), "{\n  \"seed\": \"x\"\n}").unwrap();
    let (_, _, err) = report_of(&directory);
    assert!(
        err.starts_with(&format!("{place}/summary.json:2:13: invalid type: string \"x\"")),
        "{err}"
    );
    fs::write(directory.join("summary.json"), "{}").unwrap();
    let (_, _, err) = report_of(&directory);
    assert!(err.starts_with(&format!("{place}/tables: No such file")), "{err}");
    fs::create_dir(directory.join("tables")).unwrap();
    fs::write(directory.join("tables/lp.csv"), "design,part,value\na,fees,x\n").unwrap();
    let (_, _, err) = report_of(&directory);
    assert!(err.contains("tables/lp.csv: 2: column `value`: `x` is no float"), "{err}");
    fs::write(directory.join("tables/lp.csv"), "design,part,value\na,fees,1\n").unwrap();
    assert_eq!(report_of(&directory).0, 0);
}
