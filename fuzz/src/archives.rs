//! An archive read to its end.

use logtally::archive::{Fault, Member, Members};
use std::{
    fmt,
    io::{self, Read},
};

/// Reading stops here: a bomb is no finding.
const MOST: usize = 4 << 20;

/// Each member with its bytes and how they ended, and how the archive did.
#[derive(PartialEq, Eq)]
pub struct Listed {
    pub members: Vec<(Member, Vec<u8>, String)>,
    pub end: String,
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (Member { name, size, modified, kind }, bytes, end) in &self.members {
            let (name, len) = (name[..name.len().min(60)].escape_ascii(), bytes.len());
            writeln!(
                f,
                "{name}, {size:?}, {modified:?}, {kind:?}: {len} bytes, {end}: {}",
                bytes[..len.min(100)].escape_ascii()
            )?;
        }
        f.write_str(&self.end)
    }
}

/// The members whose bytes nobody asks for.
pub fn passed_over(members: &mut dyn Members) -> Vec<Member> {
    std::iter::from_fn(|| members.next_member().ok().flatten()).collect()
}

/// Reads every member to its end, in steps of such sizes.
pub fn read(members: &mut dyn Members, mut step: impl FnMut() -> usize) -> Listed {
    let mut listed = Listed { members: Vec::new(), end: String::new() };
    let mut buffer = vec![0; 1 << 16];
    let mut total = 0;
    loop {
        match members.next_member() {
            Ok(Some(member)) => {
                let mut bytes = Vec::new();
                let end = loop {
                    if total > MOST {
                        listed.end = "too much".to_owned();
                        return listed;
                    }
                    let step = step().clamp(1, buffer.len());
                    match Read::read(members, &mut buffer[..step]) {
                        Ok(0) => break "whole".to_owned(),
                        Ok(len) => {
                            total += len;
                            bytes.extend_from_slice(&buffer[..len]);
                        }
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => {
                            let fault = Fault::from(error);
                            // Then none of them are good, and any part of them may have come before one of several faults shows.
                            if matches!(fault, Fault::Invalid { .. }) {
                                bytes.clear();
                                break "invalid".to_owned();
                            }
                            break format!("{fault:?}");
                        }
                    }
                };
                if end == "whole"
                    && let Some(size) = member.size
                {
                    assert_eq!(bytes.len() as u64, size, "a whole member is as long as it says: {member:?}");
                }
                // Each costs something even if it has no bytes.
                total += 64;
                listed.members.push((member, bytes, end));
            }
            Ok(None) => {
                assert!(members.next_member().is_ok_and(|member| member.is_none()), "there is more behind the end");
                listed.end = "whole".to_owned();
                return listed;
            }
            Err(fault) => {
                listed.end = format!("{fault:?}: {fault}");
                let again = members.next_member().map_err(|fault| format!("{fault:?}: {fault}"));
                assert_eq!(again.err().as_ref(), Some(&listed.end), "asked again it is another fault");
                return listed;
            }
        }
    }
}
