//! Events as JSON.

use aap::wire::MessageType;
use aap::{Event, Loss, Outcome};
use addrspace::Family;
use serde_json::{Value, json};

use super::json as form;
use crate::event::{Happening, NodeEvent, Served};
use crate::say;

/// An event as one JSON object: what it is, in words, and its parts for programs.
pub(super) fn object(event: &NodeEvent, scopes: &[Served]) -> Value {
    let scope = event.scope.and_then(|id| scopes.get(id.0));
    let family = scope.map_or(Family::V4, |scope| scope.family);
    let mut fields = json!({
        "number": event.number,
        "wall_us": event.wall_us,
        "event": say::happening_kind(&event.happening),
        "scope": scope.map(|scope| scope.name.as_str()),
        "text": say::happening(&event.happening, family),
    });
    if let Some(peer) = event.peer() {
        fields["peer"] = peer.to_string().into();
    }
    match &event.happening {
        Happening::Told { event, rule } => {
            fields["rule"] = rule.0.into();
            put_parts(&mut fields, event, family);
        }
        Happening::Sent { message, rule } => {
            fields["rule"] = rule.0.into();
            fields["message"] = message.to_string().into();
            fields["defends"] = say::is_defence(*rule).into();
        }
        Happening::Heard { message, .. } => fields["message"] = message.to_string().into(),
        _ => {}
    }
    fields
}

/// Adds what the event is about: `request`, `leases`, `ranges`, `reason`, `theirs`.
fn put_parts(fields: &mut Value, event: &Event, family: Family) {
    match event {
        Event::Granted { request, leases, .. } => {
            fields["request"] = request.0.into();
            fields["leases"] = form::leases(family, leases);
        }
        Event::Held { request, leases } => {
            fields["request"] = request.map(|request| request.0).into();
            fields["leases"] = form::leases(family, leases);
        }
        Event::Refused { request, why } => {
            fields["request"] = request.0.into();
            fields["reason"] = form::refusal(*why).into();
        }
        Event::Clash { request, given_up, message, listed, .. } => {
            fields["request"] = request.map(|request| request.0).into();
            fields["ranges"] = form::ranges(family, given_up);
            fields["theirs"] = form::leases(family, listed);
            fields["by"] = message.name().into();
        }
        Event::Abandoned { request, ranges, why } => {
            fields["request"] = request.map(|request| request.0).into();
            fields["ranges"] = form::ranges(family, ranges);
            fields["reason"] = loss(*why).into();
        }
        Event::Conflict { ours, theirs, outcome, .. } => {
            fields["leases"] = form::leases(family, &[*ours]);
            fields["theirs"] = form::leases(family, &[*theirs]);
            // Nothing else is a conflict (section 3.2.3).
            fields["by"] = MessageType::Aiu.name().into();
            fields["reason"] = match outcome {
                Outcome::Undone => "undone",
                Outcome::Marked => "marked",
                Outcome::Kept => "kept",
            }
            .into();
        }
        Event::Lost { lease, why } => {
            fields["leases"] = form::leases(family, &[*lease]);
            fields["reason"] = loss(*why).into();
        }
        Event::Ending { lease } | Event::Released { lease } | Event::EndChanged { lease } => {
            fields["leases"] = form::leases(family, &[*lease]);
        }
        Event::Adopted { leases } => fields["leases"] = form::leases(family, leases),
        Event::Ended { range } => fields["ranges"] = form::ranges(family, &[*range]),
        Event::NotDone { range, why } => {
            fields["ranges"] = form::ranges(family, &[*range]);
            fields["reason"] = form::refusal(*why).into();
        }
        Event::Ignored { reason, message, .. } => {
            fields["reason"] = reason.name().into();
            fields["by"] = message.name().into();
        }
        Event::Invalidated { ranges } => fields["ranges"] = form::ranges(family, ranges),
        Event::Ready
        | Event::Retired
        | Event::SpaceExpired
        | Event::ClockBehindStorage
        | Event::Leads
        | Event::Follows { .. }
        | Event::Inconsistent { .. }
        | Event::Demand { .. }
        | Event::SpaceTooLarge { .. } => {}
    }
}

const fn loss(why: Loss) -> &'static str {
    match why {
        Loss::Collision { .. } => "collision",
        Loss::Invalidated => "invalidated",
        Loss::Asked => "asked",
        Loss::Ended => "ended",
    }
}
