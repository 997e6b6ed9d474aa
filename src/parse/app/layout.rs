//! What is elected for a file: where its logger writes the service's name, and whether records have a level before their message.

use super::super::level::Level;

/// Where a file's logger writes the service's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Layout {
    /// `INFO [main] org.example.Foo: message`, and padded: `o.e.Foo      : message`
    BeforeColon,
    /// `[main] INFO  org.example.Foo - message`, logback's newer `Foo -- message`, and Python's
    /// `time - name - LEVEL - message`
    BeforeDash,
    /// ZooKeeper's `[main:QuorumPeerConfig@101]`: the class before the line number
    ClassAtLine,
    /// Kafka's `message (kafka.log.Log)`
    Trailing,
    /// OpenStack's `INFO nova.compute.manager [req-1 ...] message`
    BeforeBracket,
    /// zap's `INFO<tab>server<tab>cmd/main.go:32<tab>message`, and log4j's `Foo (Foo.java:run(45)) - message`
    BeforeCaller,
    /// NLog's `time|INFO|App.Program|message`
    BetweenBars,
    /// Python's cookbook: `root         INFO     message`
    BeforeLevel,
    /// .NET's `info: Microsoft.Hosting.Lifetime[14] message`
    BeforeEventId,
    /// Tomcat's `INFO [main] org.apache.catalina.startup.Catalina.start message`: a dotted name
    Dotted,
    /// Windows servicing's `Info                  CBS    message`: a padded column, or one that ends at a tab
    Column,
    /// `INFO [checkout] message`, `[INFO ][o.e.n.Node    ] message`, env_logger's `[time INFO  shop::db] message`:
    /// only if what it holds is a name over the whole head
    Bracket,
}

pub(super) const LAYOUTS: [Layout; 12] = [
    Layout::BeforeColon,
    Layout::BeforeDash,
    Layout::ClassAtLine,
    Layout::Trailing,
    Layout::BeforeBracket,
    Layout::BeforeCaller,
    Layout::BetweenBars,
    Layout::BeforeLevel,
    Layout::BeforeEventId,
    Layout::Dotted,
    Layout::Column,
    Layout::Bracket,
];

impl Layout {
    /// Where the name stands, in words, with an example.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Layout::BeforeColon => "the name before a colon (`org.example.Foo: message`)",
            Layout::BeforeDash => "the name before a dash (`org.example.Foo - message`)",
            Layout::ClassAtLine => "the class before its line's number (`[main:Foo@101]`)",
            Layout::Trailing => "the name in parentheses at the line's end (`message (kafka.log.Log)`)",
            Layout::BeforeBracket => "the name before a bracket (`nova.compute [req-1] message`)",
            Layout::BeforeCaller => "the name before its place in the source (`server main.go:32`)",
            Layout::BetweenBars => "the name between bars (`INFO|App.Program|message`)",
            Layout::BeforeLevel => "the name before the level (`root INFO message`)",
            Layout::BeforeEventId => "the category before the event's number (`App.Hosting[14]`)",
            Layout::Dotted => "the dotted name before the message (`org.example.Foo message`)",
            Layout::Column => "the name in a column of its own (`INFO  CBS  message`)",
            Layout::Bracket => "the bracket beside the level (`INFO [checkout] message`)",
        }
    }
}

/// Whether the file's records have a level before their message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Levels {
    /// Words such as `error` at a message's start are the message's.
    #[default]
    None,
    /// A record in which none is found does not fit the layout.
    Present,
    /// The same, and `I`, `W` and their like are levels too, as Telegraf's `I!` is.
    Letters,
}

impl Levels {
    /// The level that a word in a header is.
    #[inline]
    pub(super) fn of(self, word: &[u8]) -> Option<Level> {
        match (self, word) {
            (Levels::None, _) => None,
            // `A` begins too many sentences.
            (Levels::Letters, [letter] | [letter, b'!']) if *letter != b'A' => Level::from_letter(*letter),
            _ => Level::from_word(word),
        }
    }
}
