//! Quantiles of a few measurements.

/// The quartiles of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quartiles {
    /// A quarter is below.
    pub lower: f64,
    /// Half is below.
    pub median: f64,
    /// Three quarters are below.
    pub upper: f64,
}

impl Quartiles {
    /// Those of a sample; not a number if it is empty.
    #[must_use]
    pub fn of(sample: &[f64]) -> Quartiles {
        Quartiles { lower: quantile(sample, 0.25), median: median(sample), upper: quantile(sample, 0.75) }
    }

    /// Half the distance between the outer quartiles, as a part of the median: what is usual, whatever the outliers are.
    #[must_use]
    pub fn spread(&self) -> f64 {
        (self.upper - self.lower) / 2.0 / self.median
    }
}

/// The middle of a sample, of an even number the middle of the two; not a number if it is empty.
#[must_use]
pub fn median(sample: &[f64]) -> f64 {
    quantile(sample, 0.5)
}

/// Below what this part of a sample is, between two measurements in proportion (Hyndman and Fan, 1996, definition 7); not a number if it
/// is empty.
#[must_use]
pub fn quantile(sample: &[f64], part: f64) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = part.clamp(0.0, 1.0) * last as f64;
    let at = |place: f64| sorted.get(place as usize).copied().unwrap_or(f64::NAN);
    at(place.floor()) + (at(place.ceil()) - at(place.floor())) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_few_and_of_many() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(&[7.0]), 7.0);
        assert!(median(&[]).is_nan());
        assert_eq!(Quartiles::of(&[1.0, 2.0, 3.0, 4.0, 5.0]), Quartiles { lower: 2.0, median: 3.0, upper: 4.0 });
        assert_eq!((quantile(&[5.0, 1.0], 0.0), quantile(&[5.0, 1.0], 1.0), quantile(&[5.0, 1.0], 0.25)), (1.0, 5.0, 2.0));
    }

    #[test]
    fn an_outlier_is_no_spread() {
        let spread = Quartiles::of(&[1.0, 1.0, 1.0, 1.0, 9.0]).spread();
        assert_eq!(spread, 0.0);
        assert_eq!(Quartiles::of(&[8.0, 9.0, 10.0, 11.0, 12.0]).spread(), 0.1);
    }
}
