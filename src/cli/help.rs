//! What help says beyond the options: examples, statuses, and how patterns are written.

pub(super) const AFTER_DETECT_HELP: &str = "\
Examples:
  logtally detect /var/log | less              what is there
  logtally detect --log-format app shop.log    what would be read from it so
  zcat old.log.gz | logtally detect -          standard input

Exit status: 0 all looked into; 1 something could not be, or no file was found (said on
standard error); 2 usage error.";

pub(super) const AFTER_BENCH_HELP: &str = "\
Examples:
  logtally bench /var/log/app.log              how much do threads help here?
  logtally bench --threads 1,2,4 --plot scaling.svg logs/
  logtally bench --format json -o before.json logs/
  logtally bench --baseline before.json logs/  has it become slower?

Exit status: 0 measured; 1 measured, but something could not be counted; 2 usage error, or no
figures, as answers differ or no file was found; 3 slower than the baseline.";

pub(super) const PATTERN_HELP: &str = "\
Lines that this regular expression fits begin a record, and its groups service and level name them; may be repeated

What does not fit continues the record before. Only files in whose head a line fits are read so. The group time is when it was written,
host the machine; any other, and these too, can be grouped by as field:NAME.
Example: --pattern '^(?<level>[A-Z]+) (?<service>\\S+): '";

pub(super) const LOG_FORMAT_FILE_HELP: &str = "\
Know the formats that this file declares, before all others; may be repeated

Each has a name, a regular expression, and samples, which are checked:
  [[format]]
  name = \"shop\"
  regex = '^(?<level>[A-Z]+) (?<service>\\S+): '
  [[format.sample]]
  text = 'WARN cart: slow'
  service = \"cart\"
  level = \"warn\"
$XDG_CONFIG_HOME/logtally/formats.toml (~/.config/logtally/formats.toml) is read without being named, but not with --no-config.
Example: --log-format-file formats.toml";

pub(super) const AFTER_HELP: &str = "\
Examples:
  logtally /var/log                               one row per service
  logtally -b service,level -f table app.log      one row per service and level
  zcat old.log.gz | logtally -                    standard input

Exit status: 0 all counted; 1 report written, but something could not be counted (said on
standard error); 2 usage error, or no report. --help tells more than -h.";

pub(super) const AFTER_LONG_HELP: &str = "\
Examples:
  logtally /var/log
      one row per service
  logtally --by service,level --format table app.log
      one row per service and level, for people
  logtally --columns records,errors --sort errors --top 10 logs/
      the ten services with most errors
  logtally --level warn+ --grep '(?i)timeout' --by service,host logs/
      who has timeouts, and where
  logtally --sort bytes --columns bytes,records /var/log
      who writes most
  find /srv -name '*.log' -mtime -1 -print0 | logtally --files0-from -
      yesterday's files
  logtally --by hour,service --since yesterday --tz local logs/
      who wrote how much in each hour since yesterday's midnight
  zcat old.log.gz | logtally -
      standard input
  logtally --strict -q -o /var/reports/logs.csv /var/log/archive
      for cron: a whole report or none, and mail only if there is none

Exit status:
  0  all was counted
  1  the report is written, but something could not be counted, or no file was found; standard error says what and why
  2  a usage error, or no report could be written
A run that a signal ends leaves no report.";
