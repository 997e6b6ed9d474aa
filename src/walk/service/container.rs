//! Container runtimes' layouts: Kubernetes' folders of pods and links to their logs, Docker's folders.

use super::{is_hex, is_uuid, leading_digits, parts_upwards};

/// The container, where the path has the layout of a container runtime. The layout outranks the other rules: a container may be
/// called `app` or `web-20240115`.
pub(super) fn container<'a>(path: &'a [u8], file: &'a [u8]) -> Option<&'a [u8]> {
    let mut above = parts_upwards(path).skip(1);
    let (folder, pod, pods) = (above.next(), above.next(), above.next());
    if is_restart_log(file) && pod.is_some_and(|pod| is_pod(pod, pods)) {
        return folder;
    }
    linked_container(file).or_else(|| docker_id(file))
}

/// `0.log`, `3.log.20240115-103000.gz`: the kubelet numbers a container's log by how often it has restarted.
fn is_restart_log(file: &[u8]) -> bool {
    let digits = leading_digits(file);
    let rest = file.get(digits..).and_then(|rest| rest.strip_prefix(b".log"));
    digits > 0 && rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'.' | b'-')))
}

/// `NAMESPACE_POD_UID`. A tree that was copied without its `pods` folder is still known by the shape of the UID, which is a UUID, or
/// 32 hex digits where the pod came from a file.
fn is_pod(folder: &[u8], above: Option<&[u8]>) -> bool {
    let mut fields = folder.split(|&byte| byte == b'_');
    let (Some(namespace), Some(pod), Some(uid), None) = (fields.next(), fields.next(), fields.next(), fields.next()) else {
        return false;
    };
    let named = !namespace.is_empty() && !pod.is_empty() && !uid.is_empty();
    named && (above == Some(b"pods") || is_uuid(uid) || (uid.len() == 32 && is_hex(uid)))
}

/// `POD_NAMESPACE_CONTAINER-ID.log`, the links in `/var/log/containers`. Pod and namespace have no underscore, the container may
/// have dashes, the ID is 64 hex digits; that is odd enough to be believed in any folder.
fn linked_container(file: &[u8]) -> Option<&[u8]> {
    // Not the first `.log` will do: a pod's name may have dots, and one may be called `my.logger`.
    let dots = file.windows(4).enumerate().filter(|(_, four)| *four == b".log").map(|(dot, _)| dot);
    dots.filter_map(|dot| file.get(..dot)).find_map(linked_container_before)
}

fn linked_container_before(name: &[u8]) -> Option<&[u8]> {
    let (head, id) = name.split_at_checked(name.len().checked_sub(ID_LENGTH)?)?;
    let mut fields = head.strip_suffix(b"-")?.splitn(3, |&byte| byte == b'_');
    let (pod, namespace, container) = (fields.next()?, fields.next()?, fields.next()?);
    let whole = is_hex(id) && !pod.is_empty() && !namespace.is_empty() && !container.is_empty();
    whole.then_some(container)
}

/// `ID-json.log`, Docker's own layout. The name is nowhere in the path, so the ID stands for it, cut as `docker ps` cuts it.
fn docker_id(file: &[u8]) -> Option<&[u8]> {
    let (id, rest) = file.split_at_checked(ID_LENGTH)?;
    if !is_hex(id) || !rest.starts_with(b"-json.log") {
        return None;
    }
    id.get(..SHOWN_ID_LENGTH)
}

const ID_LENGTH: usize = 64;
const SHOWN_ID_LENGTH: usize = 12;
