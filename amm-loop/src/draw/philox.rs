//! A counter-based generator: a keyed bijection of 256-bit counters whose values look random.

/// What the two words are multiplied by in each round.
const MULTIPLIERS: [u64; 2] = [0xd2e7_470e_e14c_6c93, 0xca5a_8263_9512_1157];

/// What the key grows by between rounds: the golden ratio and √3 − 1, in Q64.
const WEYL: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xbb67_ae85_84ca_a73b];

/// Philox4x64-10: four words for each counter, under a key.
///
/// Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
///
/// ```
/// use amm_loop::draw::philox4x64;
/// assert_eq!(philox4x64([0; 4], [0; 2])[0], 0x1655_4d9e_ca36_314c);
/// ```
#[inline]
pub const fn philox4x64(counter: [u64; 4], key: [u64; 2]) -> [u64; 4] {
    let (mut x, mut key) = (counter, key);
    let mut round = 0;
    while round < 10 {
        let a = x[0] as u128 * MULTIPLIERS[0] as u128;
        let b = x[2] as u128 * MULTIPLIERS[1] as u128;
        let (a_hi, b_hi) = ((a >> 64) as u64, (b >> 64) as u64);
        x = [b_hi ^ x[1] ^ key[0], b as u64, a_hi ^ x[3] ^ key[1], a as u64];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        round += 1;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The three vectors for `philox4x64 10` in `kat_vectors` of Random123: zeros, ones, digits of
    /// π.
    #[test]
    fn known_answers() {
        let pi = [
            0x243f_6a88_85a3_08d3,
            0x1319_8a2e_0370_7344,
            0xa409_3822_299f_31d0,
            0x082e_fa98_ec4e_6c89,
        ];
        let answers = [
            (
                ([0; 4], [0; 2]),
                [
                    0x1655_4d9e_ca36_314c,
                    0xdb20_fe9d_672d_0fdc,
                    0xd7e7_72ce_e186_176b,
                    0x7e68_b68a_ec7b_a23b,
                ],
            ),
            (
                ([u64::MAX; 4], [u64::MAX; 2]),
                [
                    0x87b0_92c3_013f_e90b,
                    0x438c_3c67_be8d_0224,
                    0x9cc7_d7c6_9cd7_77b6,
                    0xa09c_aebf_594f_0ba0,
                ],
            ),
            (
                (pi, [0x4528_21e6_38d0_1377, 0xbe54_66cf_34e9_0c6c]),
                [
                    0xa528_f454_03e6_1d95,
                    0x38c7_2dbd_566e_9788,
                    0xa5a1_610e_72fd_18b5,
                    0x57bd_43b5_e52b_7fe6,
                ],
            ),
        ];
        for ((counter, key), want) in answers {
            assert_eq!(philox4x64(counter, key), want, "counter {counter:x?}");
        }
    }
}
