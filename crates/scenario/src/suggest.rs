//! "Did you mean": the nearest known word.

/// Levenshtein distance over characters, transpositions counted as one.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, a) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, b) in right.iter().enumerate() {
            let mut best = (above[column] + usize::from(a != b))
                .min(above[column + 1] + 1)
                .min(current[column] + 1);
            let crossed = row > 0 && column > 0 && *a == right[column - 1] && left[row - 1] == *b;
            if crossed {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut above, current);
    }
    above[right.len()]
}

/// The candidate that `word` was most likely meant to be, if one is near enough.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let length = word.chars().count();
    // Long words would cost quadratic time and cannot be near a known word anyway.
    if length > 64 {
        return None;
    }
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            *distance <= (length.max(candidate.chars().count()) / 3).max(1) && *distance < length
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_of_the_finger_are_recognised() {
        let words = ["partition", "preallocate", "heal", "hold"];
        for (slip, meant) in [
            ("partiton", Some("partition")),
            ("prealocate", Some("preallocate")),
            ("Heal", Some("heal")),
            ("ohld", Some("hold")),
            ("zzz", None),
            ("x", None),
        ] {
            assert_eq!(nearest(slip, words), meant, "{slip}");
        }
    }
}
