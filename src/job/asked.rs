//! What is asked of the files: the same for a count and for a bench of it, so that what is timed is what would be counted.

use super::{Input, Named, UsageError};
use crate::{
    classify::{Choices, Extremes, Filter, KeyPlan, Levels, Plan, Span, Times},
    cli::Counting,
    engine::{Decoding, Limits, MaxDecoded, OnDamaged},
    parse::time::{Moment, Typed},
    report::{Column, Presentation, Sort},
    tally::MaxGroups,
    walk,
};
use std::{
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

/// What is asked of files.
pub(super) struct Asked {
    /// Which files.
    pub(super) input: Input,
    /// What is made of their lines.
    pub(super) plan: Plan,
    /// How they are decoded.
    pub(super) decoding: Decoding,
    /// How many groups there may be.
    pub(super) limits: Limits,
    /// What a report shows of the counts; by how many threads it is put to paper is for the verb to say.
    pub(super) presentation: Presentation,
    /// All this in words, for the report itself.
    pub(super) described: Vec<(&'static str, String)>,
}

impl Asked {
    pub(super) fn new(paths: Vec<PathBuf>, counting: Counting) -> Result<Asked, UsageError> {
        let keys = KeyPlan::new(&counting.by.0);
        let sort = sort(&counting, &keys)?;
        let zone = counting.zones.tz.clone();
        let presentation = Presentation { keys, columns: counting.columns.0.clone(), sort, top: counting.top, zone, threads: 1 };
        let (times, span) = times(&counting, &presentation)?;
        let described = described(&counting, &presentation, span);
        let limits = Limits { per_file: counting.max_groups_per_file, in_all: counting.max_groups };
        let input = Input::new(paths, counting.finding)?;
        let Named { service_from, service_fields, log_format, declared, messages } = Named::new(counting.naming)?;
        let needed = presentation.sort.needs_levels() || presentation.columns.iter().any(|column| column.needs_levels());
        let plan = Plan::new(Choices {
            keys: presentation.keys.clone(),
            service_from,
            service_fields: &service_fields,
            levels: if needed { Levels::Counted } else { Levels::Ignored },
            log_format,
            declared,
            messages,
            filter: Filter { levels: counting.level, services: counting.service, grep: counting.grep, span },
            times,
        });
        let decoding = Decoding { on_damaged: counting.on_damaged, max_decoded: counting.max_decoded, ..Decoding::default() };
        Ok(Asked { input, plan, decoding, limits, presentation, described })
    }
}

/// The time on the machine's clock.
pub(super) fn clock() -> Moment {
    // A clock before 1970 is wrong anyway.
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let clock = Moment::new(i64::try_from(clock.as_secs()).unwrap_or_default(), clock.subsec_nanos());
    clock.unwrap_or(Moment::from_nanos(0))
}

/// In the order of time if that is among the keys, else most records first; where they are not shown, by what is shown first: an
/// order by what nobody sees looks like none.
fn sort(counting: &Counting, keys: &KeyPlan) -> Result<Sort, UsageError> {
    let shown = match &*counting.columns.0 {
        [first, ..] if !counting.columns.0.contains(&Column::Records) => *first,
        _ => Column::Records,
    };
    match (counting.sort, keys.finest_unit()) {
        (Some(Sort::Time), None) => Err(UsageError::SortedByNoTime),
        (Some(sort), _) => Ok(sort),
        (None, Some(_)) => Ok(Sort::Time),
        (None, None) => Ok(Sort::By(shown)),
    }
}

/// What is made of times, and which are counted.
fn times(counting: &Counting, presentation: &Presentation) -> Result<(Times, Span), UsageError> {
    let Presentation { columns, sort, zone, .. } = presentation;
    let moment = |typed: &Option<Typed>, now: Moment| match typed {
        None => Ok(None),
        Some(typed) => typed.moment(now, zone).map(Some).ok_or_else(|| UsageError::FarTime(typed.to_string())),
    };
    let clock = clock();
    let now = moment(&counting.now, clock)?.unwrap_or(clock);
    let span = Span { since: moment(&counting.since, now)?, until: moment(&counting.until, now)? };
    if let Span { since: Some(since), until: Some(until) } = span
        && since >= until
    {
        return Err(UsageError::EmptySpan { since: since.show(zone), until: until.show(zone) });
    }
    let needed = sort.needs_times() || columns.iter().any(|column| column.needs_times());
    let extremes = if needed { Extremes::Kept } else { Extremes::Ignored };
    Ok((Times { assume: counting.zones.assume_tz.clone(), show: zone.clone(), now, extremes }, span))
}

/// What bears on the answer, as a report says it. Baselines of a bench are compared by it too: what is new here is best said only where it was
/// typed, or those of before are refused.
fn described(counting: &Counting, presentation: &Presentation, span: Span) -> Vec<(&'static str, String)> {
    let joined = |names: Vec<String>| names.join(",");
    let mut described = vec![
        ("by", joined(presentation.keys.fields().iter().map(|key| key.name().to_owned()).collect())),
        ("columns", joined(presentation.columns.iter().map(|column| column.name().to_owned()).collect())),
        ("sort", presentation.sort.name().to_owned()),
        ("service_from", counting.naming.service_from.clone().unwrap_or_default().to_string()),
        (
            "service_fields",
            joined(counting.naming.service_field.iter().map(|field| field.to_string_lossy().into_owned()).collect()),
        ),
        ("log_format", counting.naming.log_format.clone().unwrap_or_else(|| "detected".to_owned())),
    ];
    // Most reports are of everything, so these only where they were typed.
    let mut typed = |name, value: Option<String>| described.extend(value.map(|value| (name, value)));
    let globs = |globs: &[walk::Glob]| (!globs.is_empty()).then(|| joined(globs.iter().map(walk::Glob::to_string).collect()));
    typed("top", counting.top.map(|top| top.to_string()));
    typed("level", counting.level.map(|levels| levels.to_string()));
    typed(
        "service",
        (!counting.service.is_empty()).then(|| joined(counting.service.iter().map(walk::NameGlob::to_string).collect())),
    );
    typed("grep", counting.grep.as_ref().map(ToString::to_string));
    let named = |moment: Option<Moment>| moment.map(|moment| moment.show(&presentation.zone));
    typed("since", named(span.since));
    typed("until", named(span.until));
    let shows_times = presentation.keys.finest_unit().is_some() || presentation.columns.iter().any(|column| column.needs_times());
    if shows_times || !span.is_open() {
        typed("tz", Some(counting.zones.tz.to_string()));
        typed("assume_tz", Some(counting.zones.assume_tz.to_string()));
    }
    typed(
        "pattern",
        (!counting.naming.pattern.is_empty()).then(|| joined(counting.naming.pattern.iter().map(ToString::to_string).collect())),
    );
    typed("unwrap", counting.naming.unwrap.then(|| "messages".to_owned()));
    typed("include", globs(&counting.finding.include));
    typed("exclude", globs(&counting.finding.exclude));
    typed("max_depth", counting.finding.max_depth.map(|depth| depth.0.to_string()));
    typed("follow", counting.finding.follow.then(|| "links to folders".to_owned()));
    typed("on_damaged", (counting.on_damaged != OnDamaged::default()).then(|| counting.on_damaged.to_string()));
    typed("max_decoded", (counting.max_decoded != MaxDecoded::default()).then(|| counting.max_decoded.0.to_string()));
    let limits = Limits::default();
    let groups = |most: MaxGroups, usual: MaxGroups| (most != usual).then(|| most.to_string());
    typed("max_groups_per_file", groups(counting.max_groups_per_file, limits.per_file));
    typed("max_groups", groups(counting.max_groups, limits.in_all));
    typed("one_file_system", counting.finding.one_file_system.then(|| "yes".to_owned()));
    described
}
