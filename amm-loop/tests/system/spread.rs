//! How losses spread: coefficients, claims, matrices.

use amm_core::num::{Cash, Real};
use amm_loop::system::{
    Channels, Design, Injection, Matrix, Protocol, Scenario, Setting, SystemError, clear,
};

use crate::{cash, contagion, lit, ran};

/// What a dollar lost in one protocol costs each.
fn coefficients(scenario: &Scenario, channels: Channels, from: Protocol) -> [Real; 4] {
    let design = Design::baseline();
    let loss = cash("2000000");
    let run = |injection| {
        let setting = Setting { channels, injection, ..Setting::default() };
        let mut sum = [0_i128; 4];
        for path in 0..4 {
            let equities = ran(scenario, &design, &setting, path).equities().unwrap();
            for (sum, equity) in sum.iter_mut().zip(equities) {
                *sum += equity.atoms();
            }
        }
        sum
    };
    let (base, hit) = (run(None), run(Some(Injection { protocol: from, loss, block: 70 })));
    let each = |i: usize| Real::from_num(base[i] - hit[i]) / (loss.atoms() * 4);
    [each(0), each(1), each(2), each(3)]
}

#[test]
fn losses_spread_through_channels_and_stay_at_home_without() {
    let mut scenario = contagion();
    scenario.blocks = 240;
    scenario.crowd.scale = Real::ZERO;
    let mut reached = 0;
    for from in Protocol::ALL {
        let open = coefficients(&scenario, Channels::ALL, from);
        let cut = coefficients(&scenario, Channels::NONE, from);
        for to in Protocol::ALL {
            let (open, cut) = (open[to.index()], cut[to.index()]);
            if to == from {
                assert!(cut > lit("0.5"), "{from} loses {cut} by itself");
                continue;
            }
            assert!(cut.abs() < lit("0.001"), "{from} to {to}, cut: {cut}");
            reached += u32::from(open > lit("0.01"));
        }
    }
    assert!(reached >= 4, "{reached} of 12");
}

/// R3: three banks in a ring.
#[test]
fn claims_clear_as_eisenberg_and_noe_say() {
    let owed = [[0, 4, 0], [0, 0, 3], [2, 0, 0]];
    let owed: Vec<Vec<Cash>> = owed
        .iter()
        .map(|row| row.iter().map(|whole| Cash::from_atoms(whole * Cash::SCALE)).collect())
        .collect();
    let senior = ["17", "18", "8"].map(cash);
    let cases = [
        (["20", "20", "10"], ["4", "3", "2"], [false, false, false]),
        (["18", "18", "9"], ["3", "3", "2"], [true, false, false]),
        (["17", "17", "8.5"], ["0.5", "0", "0.5"], [true, true, true]),
    ];
    for (assets, want, defaulted) in cases {
        let cleared = clear(&owed, &assets.map(cash), &senior).unwrap();
        assert_eq!(cleared.defaulted, defaulted);
        for (i, want) in want.iter().enumerate() {
            let off = cleared.paid_by(i).unwrap().atoms() - cash(want).atoms();
            assert!((-3..=0).contains(&off), "{i} pays {off} atoms more than {want}");
        }
        let (paid, received): (i128, i128) = (0..3).fold((0, 0), |(paid, received), i| {
            let [p, r] = [cleared.paid_by(i), cleared.received_by(i)].map(|x| x.unwrap().atoms());
            (paid + p, received + r)
        });
        assert_eq!(paid, received);
    }
    // Three atoms for two creditors: one each, and the third stays.
    let [none, one] = [Cash::ZERO, Cash::from_atoms(Cash::SCALE)];
    let owed_to_two = [vec![none, one, one], vec![none; 3], vec![none; 3]];
    let assets = [Cash::from_atoms(3), none, none];
    let cleared = clear(&owed_to_two, &assets, &[none; 3]).unwrap();
    assert_eq!(cleared.paid_by(0).unwrap(), Cash::from_atoms(2));
    assert!(matches!(clear(&owed, &[], &senior), Err(SystemError::Shape { .. })));
}

/// R4, and that each wrong matrix is told from it.
#[test]
fn linear_contagion_is_its_resolvent() {
    let rows = [["0.25", "0.10", "0.05"], ["0.20", "0.15", "0.10"], ["0.10", "0.30", "0.05"]];
    let rows = rows.map(|row| row.map(lit));
    let matrix = Matrix::new(&[&rows[0], &rows[1], &rows[2]]).unwrap();
    let radius = matrix.spectral_radius().unwrap();
    assert!(radius.least <= radius.most && radius.residual() < lit("0.00000000001"));
    assert!(radius.value().abs_diff(lit("0.42548")) < lit("0.000005"), "{radius:?}");
    let response = matrix.resolvent().unwrap();
    for (column, want) in ["2.0193", "1.8934", "1.3582"].iter().enumerate() {
        let sum: Real = (0..3).map(|row| response.at(row, column)).sum();
        assert!(sum.abs_diff(lit(want)) < lit("0.00005"), "{column}: {sum}");
    }
    let back = Matrix::of_response(&response).unwrap();
    for row in 0..3 {
        for column in 0..3 {
            let off = back.at(row, column).abs_diff(matrix.at(row, column));
            assert!(off < lit("0.000000000000001"));
        }
    }
    // A ring has eigenvalues of one size, which a bare power iteration would not leave.
    let (zero, one) = (Real::ZERO, Real::ONE);
    let ring = Matrix::new(&[&[zero, one, zero], &[zero, zero, one], &[one, zero, zero]]).unwrap();
    assert_eq!(ring.spectral_radius().unwrap().value(), one);
    assert!(matches!(ring.resolvent(), Err(SystemError::Singular { .. })));
    let signed = Matrix::new(&[&[-one]]).unwrap();
    assert!(signed.spectral_radius().is_err());
    assert_eq!(signed.magnitudes().spectral_radius().unwrap().value(), one);
}
