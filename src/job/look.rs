//! What `logtally detect` is to do.

use super::{Input, Named, UsageError, clock};
use crate::{
    classify::{Choices, Extremes, KeyField, KeyPlan, Levels, Plan, Times},
    cli::Detect,
    parse::time::Zone,
    report::{ColorChoice, DetectedForm},
};

/// One look into files.
#[derive(Debug)]
pub struct Look {
    /// Where to look for them.
    pub input: Input,
    /// What a count would make of them that asks for all there is: services, levels and times.
    pub plan: Plan,
    /// The zone of the times that are shown.
    pub zone: Zone,
    /// In which form what is found is written.
    pub form: DetectedForm,
    /// In which colours.
    pub color: ColorChoice,
}

impl TryFrom<Detect> for Look {
    type Error = UsageError;

    fn try_from(detect: Detect) -> Result<Self, UsageError> {
        let input = Input::new(detect.paths, detect.finding)?;
        let Named { service_from, service_fields, log_format, declared, messages } = Named::new(detect.naming)?;
        let times =
            Times { assume: detect.zones.assume_tz, show: detect.zones.tz.clone(), now: clock(), extremes: Extremes::Kept };
        let plan = Plan::new(Choices {
            keys: KeyPlan::new(&[KeyField::Service]),
            service_from,
            service_fields: &service_fields,
            levels: Levels::Counted,
            log_format,
            declared,
            messages,
            times,
            ..Choices::default()
        });
        Ok(Look { input, plan, zone: detect.zones.tz, form: detect.format, color: detect.coloring.color })
    }
}
