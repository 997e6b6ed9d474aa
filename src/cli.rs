//! What is typed: clap structs and nothing else. Values are read by the types of the rooms they belong to.

use crate::{
    classify::{KeyField, ServiceFrom},
    engine::Threads,
    parse::Format,
    read::{ChunkSize, Strategy},
    report::{Column, Form},
};
use clap::Parser;
use std::{ffi::OsString, path::PathBuf};

/// Counts log records per service over trees of files.
///
/// Walks the files and folders that are named, finds out each file's format by itself, and writes one row per service, most
/// records first.
#[derive(Debug, Parser)]
#[command(name = "logtally", version, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Cli {
    /// Files and folders to count; - is standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,

    /// Group by these, one row for each combination: service, level, format, file, dir
    #[arg(long, value_name = "KEYS", value_delimiter = ',', default_value = "service", help_heading = "Report")]
    pub by: Vec<KeyField>,

    /// Show these figures: records, lines (with those that continue a record), bytes, errors (level error or fatal), warnings.
    /// Rows are in the order of their records, most first
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', default_value = "records,lines,bytes", help_heading = "Report")]
    pub columns: Vec<Column>,

    /// Write the report as csv, json or table
    #[arg(long, value_name = "FORM", default_value = "csv", help_heading = "Report")]
    pub format: Form,

    /// Write the report to this file, which appears complete or not at all
    #[arg(short, long, value_name = "FILE", help_heading = "Report")]
    pub output: Option<PathBuf>,

    /// Look for the service under this key first, in json and logfmt; may be repeated; a.b is a nested path too
    #[arg(long, value_name = "NAME", help_heading = "Services")]
    pub service_field: Vec<OsString>,

    /// Take services from record or path alone, or from the path by a template: 'path:{service}/*.log'
    #[arg(long, value_name = "SOURCE", help_heading = "Services")]
    pub service_from: Option<ServiceFrom>,

    /// Read every file as this format instead of finding it out: json, logfmt, syslog, access, app, logcat, klog, plain
    #[arg(long, value_name = "NAME", help_heading = "Services")]
    pub log_format: Option<Format>,

    /// Number of threads; 0 is one for each CPU
    #[arg(short = 'j', long, allow_negative_numbers = true, value_name = "N", default_value = "0", help_heading = "Running")]
    pub threads: Threads,

    /// How files are read: auto, mmap or read
    #[arg(long, value_name = "WAY", default_value = "auto", help_heading = "Running")]
    pub io: Strategy,

    /// Split large files into pieces of this size
    #[arg(long, value_name = "SIZE", default_value = "4M", help_heading = "Running")]
    pub chunk_size: ChunkSize,
}

const AFTER_HELP: &str = "\
Examples:
  logtally /var/log                        one row per service
  logtally --by service,level app.log      one row per service and level
  logtally --format table --columns records,errors logs/
  zcat old.log.gz | logtally -             standard input

Exit status: 0 all counted; 1 report written, but something could not be counted (said on
standard error); 2 usage error, or no report.";
