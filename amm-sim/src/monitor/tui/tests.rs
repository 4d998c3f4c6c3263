//! Pages on a terminal of 80 columns and 24 lines.

use super::*;
use crate::monitor::frame::{AccountMargin, Around, Breaker, Carry, Forecast, Liquidation, Margin};
use crate::monitor::{Number, Seen, Source, SourceState, Watcher};
use amm_core::engine::{Event, Params};
use amm_core::testing::history;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

/// A frame of an engine with a past, and with everything around the price.
fn full() -> Frame {
    let account = |account, equity, maintenance| AccountMargin {
        account,
        equity: Number(equity),
        maintenance: Number(maintenance),
    };
    let around = Around {
        forecast: Some(Forecast {
            horizon_s: 3600,
            realised: Some(Number(0.81)),
            stress: Some(Number(0.37)),
            cause: Some("the loop gain".to_owned()),
            ..Forecast::default()
        }),
        breaker: Some(Breaker {
            state: "halted".to_owned(),
            since_s: 1_700_000_000,
            reason: "loop gain 0.81 above 0.8".to_owned(),
            auction: Some(Number(6.8)),
        }),
        margin: Some(Margin {
            accounts: 120,
            equity: Number(4.2e7),
            initial: Number(3.1e7),
            maintenance: Number(2.3e7),
            nearest: vec![account(17, 90_000.0, 100_000.0), account(4, 150_000.0, 100_000.0)],
        }),
        liquidation: Some(Liquidation {
            queue: vec![account(17, 90_000.0, 100_000.0)],
            units: Number(1.5e6),
            ..Liquidation::default()
        }),
        carry: Some(Carry { funding: Number(-0.125), basis: Some(Number(0.04)) }),
    };
    let mut engine = history::opened(Params::dynamic());
    let mut watcher = Watcher::new();
    for event in history::life(&engine) {
        if matches!(event, Event::Fix { .. }) {
            break;
        }
        if engine.apply(&event).is_ok() {
            watcher.observe(&Seen { around: Some(&around), ..Seen::of(&engine) });
        }
    }
    let seen = Seen { around: Some(&around), ..Seen::of(&engine) };
    let source = Source {
        title: "A made-up log".to_owned(),
        state: SourceState::Running,
        events: Some([40, 39, 0]),
        ..Source::default()
    };
    watcher.frame(&seen, source)
}

/// The lines of a screen of this size.
fn screen(frame: Option<&Frame>, view: &mut View, (width, height): (u16, u16)) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|area| draw(area, frame, view, Some("http://127.0.0.1:1/"))).unwrap();
    let buffer = terminal.backend().buffer();
    let line =
        |row: u16| (0..width).map(|column| buffer[(column, row)].symbol()).collect::<String>();
    (0..height).map(line).collect()
}

#[test]
fn every_page_fits_a_small_terminal() {
    let frame = full();
    let wanted: [(&str, &[&str]); 6] = [
        ("overview", &["spot", "loop gain", "realised", "skew reserve", "inputs"]),
        ("gamma", &["flip", "walls", "cash for 1 % by strike", "→"]),
        ("loop gain", &["stays", "+1σ", "ahead", "Flow of late"]),
        ("volatility", &["realised", "strike"]),
        ("risk", &["120 accounts", "account 17", "stress 0.37 for the loop gain"]),
        ("warnings", &["What holds", "since 20"]),
    ];
    let mut view = View::default();
    for (name, words) in wanted {
        let lines = screen(Some(&frame), &mut view, (80, 24));
        let text = lines.join("\n");
        assert_eq!(view.page.name(), name);
        for word in words {
            assert!(text.contains(word), "{name} has no `{word}`:\n{text}");
        }
        assert!(lines[0].starts_with("A made-up log"), "{text}");
        assert!(lines[3].contains("account 17 has 90000"), "{text}");
        assert!(lines[2].contains("the breaker is halted"), "{text}");
        assert!(
            lines[23].contains("q quit") && lines[23].contains("http://127.0.0.1:1/"),
            "{text}"
        );
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        view = View { page: view.page.next(), scroll: 0 };
    }
    assert_eq!(view.page, Page::Overview);
}

#[test]
fn any_frame_fits_any_terminal() {
    let (full, empty) = (full(), Frame::default());
    for size in [(1, 1), (20, 5), (80, 24), (300, 100)] {
        for frame in [None, Some(&empty), Some(&full)] {
            for page in Page::ALL {
                let mut view = View { page, scroll: u16::MAX };
                screen(frame, &mut view, size);
            }
        }
    }
    let mut view = View::default();
    assert!(screen(None, &mut view, (80, 24))[0].starts_with("Nothing has been seen yet"));
    assert!(screen(Some(&empty), &mut view, (80, 24)).join("").contains("No market has been seen"));
}

#[test]
fn a_long_page_scrolls_to_its_end_and_no_further() {
    let frame = full();
    let mut view = View { page: Page::Gamma, scroll: u16::MAX };
    let lines = screen(Some(&frame), &mut view, (80, 24));
    assert!(view.scroll > 0 && view.scroll < 100, "{}", view.scroll);
    assert!(!lines[23].contains("more"), "{}", lines[23]);
    let mut top = View { page: Page::Gamma, scroll: 0 };
    assert!(screen(Some(&frame), &mut top, (80, 24))[23].contains("↓ more"));
}

#[test]
fn keys_mean_what_the_screen_says() {
    let view = View { page: Page::Gamma, scroll: 3 };
    let press = |code| meaning(KeyEvent::new(code, KeyModifiers::NONE), view);
    let look = |page, scroll| Some(Wish::Look(View { page, scroll }));
    assert_eq!(press(KeyCode::Char('q')), Some(Wish::Quit));
    assert_eq!(press(KeyCode::Char('p')), Some(Wish::Pause));
    assert_eq!(press(KeyCode::Char(' ')), Some(Wish::Pause));
    assert_eq!(press(KeyCode::Right), look(Page::Loop, 0));
    assert_eq!(press(KeyCode::Left), look(Page::Overview, 0));
    assert_eq!(press(KeyCode::Down), look(Page::Gamma, 4));
    assert_eq!(press(KeyCode::Up), look(Page::Gamma, 2));
    assert_eq!(press(KeyCode::Char('x')), None);
    let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(meaning(interrupt, view), Some(Wish::Quit));
}
