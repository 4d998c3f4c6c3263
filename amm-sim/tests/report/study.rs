//! The page of a study of mechanisms, opened in the browser: what is drawn is what was measured.

use super::{Browser, folder, outside, picture, quiet};
use amm_sim::mechanism::{Figure, Measured, Named, Of, Plan, Study, Summary, study};
use amm_sim::report::mechanism_html;
use amm_sim::scenario::{Source, builtin};
use amm_sim::stats::{Estimate, Interval, Verdict};
use serde_json::json;
use std::fs;

/// A day's fall by a tenth, and tripled.
fn summary() -> Summary {
    let known = builtin("stress").unwrap();
    let mut source = Source::read(known.text, known.name).unwrap();
    let shock = "market.shocks=[{ block = 240, blocks = 12, ln = \"-0.1\" }]";
    for change in ["blocks=300", "warmup=20", "horizons=[1, 10]", shock] {
        source.set(change).unwrap();
    }
    let named = Named { name: "stress".into(), scenario: source.scenario().unwrap() };
    let plan = Plan { of: Of::Margin, paths: 4, resamples: 100, scenarios: vec![named] };
    let studies = study(&plan, &|_, _| ()).unwrap();
    Summary::new(&plan, "ab".repeat(32), "amm-sim mechanism margin stress".into(), studies)
}

#[test]
fn every_arm_is_drawn_as_it_was_measured() {
    let Some(browser) = Browser::start() else {
        eprintln!("skipped: no chromium (Debian: chromium and chromium-driver)");
        return;
    };
    let summary = summary();
    let file = folder("mechanism").join("report.html");
    fs::write(&file, mechanism_html(&summary)).unwrap();
    let address = format!("file://{}", file.display());
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (400, "light")] {
        browser.appear(width, 900, scheme);
        browser.open(&address);
        let context = format!("{width} {scheme}");
        assert_eq!(browser.run("return document.documentElement.dataset.ready"), json!("true"));
        assert_eq!(browser.run("return document.documentElement.dataset.theme"), json!(scheme));
        let wider = browser.run("return document.documentElement.scrollWidth - innerWidth");
        assert!(wider.as_i64().unwrap() <= 0, "{context}: {wider} pixels too wide");
        for drawing in ["svg.forest", "svg.plane", "svg.split"] {
            assert_eq!(browser.run(&outside(drawing)), json!([]), "{context}: {drawing}");
        }
        let text = browser.run("return document.getElementById('page').innerText");
        let text = text.as_str().unwrap();
        let odd = ["NaN", "undefined", "null", "Infinity"].iter().find(|word| text.contains(*word));
        assert_eq!(odd, None, "{context}");
        picture(&browser, &format!("mechanism-{width}-{scheme}"), width);
        quiet(&browser, &address);
    }
    browser.appear(1280, 900, "light");
    drawn(&browser, &summary, |figure| (figure.difference, figure.verdict));
    hurts(&browser, &summary);
    levels(&browser, &summary);
    browser.run("document.querySelector('#all [data-key=plain]').click()");
    drawn(&browser, &summary, |figure| (figure.to_plain, figure.verdict_to_plain));
    let pressed = "return document.querySelectorAll('[data-key=plain][aria-pressed=true]').length";
    assert_eq!(browser.run(pressed), json!(1 + summary.studies.len()));
    quiet(&browser, &address);
}

/// The figures of a market's arms that are held against another.
fn figures(study: &Study) -> impl Iterator<Item = &Figure> {
    study.arms.iter().skip(1).flat_map(|arm| &arm.figures)
}

/// A dot for every difference that there is, of the colour of its verdict.
fn drawn(browser: &Browser, summary: &Summary, of: fn(&Figure) -> (Option<Estimate>, Verdict)) {
    for (at, study) in summary.studies.iter().enumerate() {
        let all: Vec<_> = figures(study).map(of).filter(|(by, _)| by.is_some()).collect();
        let count = |wanted| all.iter().filter(|(_, verdict)| *verdict == wanted).count();
        let dots = |class: &str| {
            let find =
                format!("document.querySelectorAll('#market-{at} svg.forest g{class} circle')");
            browser.run(&format!("return {find}.length"))
        };
        assert_eq!(dots(""), json!(all.len()), "{}", study.title);
        let verdicts = [Verdict::Better, Verdict::Worse, Verdict::Unclear];
        let counts = [".better", ".worse", ".unclear"].map(dots);
        assert_eq!(json!(counts), json!(verdicts.map(count)), "{}", study.title);
        assert!(count(Verdict::Worse) > 0 && count(Verdict::Better) > 0, "{}", study.title);
    }
}

/// The section on harm has a row for every arm that makes something worse by a hundredth or more, a line for
/// every such figure, and the better ones of the same arms.
fn hurts(browser: &Browser, summary: &Summary) {
    let count = |study: &Study, arm: &Measured, wanted| {
        let other = study.arms.iter().find(|other| Some(other.arm) == arm.against).unwrap();
        let major = |(figure, level): &(&Figure, &Figure)| {
            let by = figure.difference.map_or(0.0, |by| by.value.abs());
            figure.verdict == wanted
                && level.value.is_none_or(|level| by >= 0.01 * level.value.abs())
        };
        arm.figures.iter().zip(&other.figures).filter(major).count()
    };
    let mut found = [0; 3];
    for study in &summary.studies {
        for arm in study.arms.iter().skip(1) {
            let [worse, better] =
                [Verdict::Worse, Verdict::Better].map(|wanted| count(study, arm, wanted));
            if worse > 0 {
                found = [found[0] + 1, found[1] + worse, found[2] + better];
            }
        }
    }
    let parts = ["tr", "td:nth-child(3) div:not(.minor)", "td:nth-child(4) div:not(.minor)"];
    let shown = parts.map(|part| {
        browser.run(&format!("return document.querySelectorAll('#hurts tbody {part}').length"))
    });
    assert_eq!(json!(shown), json!(found));
    assert!(found.iter().all(|count| *count > 3), "{found:?}");
}

/// Every level in the tables is that of the summary, to the digits that are shown.
fn levels(browser: &Browser, summary: &Summary) {
    for (at, study) in summary.studies.iter().enumerate() {
        let cells = "querySelector('table').querySelectorAll('td:not(.name)')";
        let cells = browser.run(&format!(
            "return [...document.getElementById('market-{at}').{cells}].map(cell => cell.firstChild.textContent)",
        ));
        let all: Vec<&Figure> = study.arms.iter().flat_map(|arm| &arm.figures).collect();
        assert_eq!(cells.as_array().unwrap().len(), all.len());
        for (cell, figure) in cells.as_array().unwrap().iter().zip(all) {
            let shown = cell.as_str().unwrap().replace('\u{2212}', "-");
            let Some(value) = figure.value else { continue };
            let half = value.interval.map_or(0.0, Interval::half_width);
            let off = (shown.parse::<f64>().unwrap() - value.value).abs();
            let most = if half > 0.0 { half / 18.0 } else { value.value.abs() / 30.0 };
            assert!(off <= most.max(1e-6), "{}: {shown} for {}", figure.quantity, value.value);
        }
    }
}
