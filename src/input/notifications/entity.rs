//! What `resourceData` describes, and the values that are kept of a JSON document.

use std::borrow::Cow;

use super::timestamp::RawTimestamp;

/// The part of a value that the caller needs, besides the notifications within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Only the notifications within the value.
    Notifications,
    /// The value itself, if it is a text or a number.
    Scalar,
    /// The entity or entities in `resourceData`.
    Entities,
    /// The fields in `additionalData`.
    Fields,
}

/// The wanted part of a value.
#[derive(Debug)]
pub(super) enum Value<'de> {
    Nothing,
    Scalar(RawTimestamp<'de>),
    Entities(Vec<Entity<'de>>),
    Fields(Box<Fields<'de>>),
}

/// An entity: a call, or something below one.
#[derive(Debug, Default)]
pub(super) struct Entity<'de> {
    pub id: Option<Cow<'de, str>>,
    pub odata_id: Option<Cow<'de, str>>,
    pub odata_type: Option<Cow<'de, str>>,
    pub etag: Option<Cow<'de, str>>,
    pub state: Option<Cow<'de, str>>,
    pub tenant: Option<Cow<'de, str>>,
}

/// The fields of one JSON object that a notification or an entity may have.
#[derive(Debug, Default)]
pub(super) struct Fields<'de> {
    pub change: Option<Cow<'de, str>>,
    pub resource: Option<Cow<'de, str>>,
    pub url: Option<Cow<'de, str>>,
    pub data: Vec<Entity<'de>>,
    pub own: Entity<'de>,
}

impl Entity<'_> {
    pub fn into_owned(self) -> Entity<'static> {
        let own = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        Entity {
            id: own(self.id),
            odata_id: own(self.odata_id),
            odata_type: own(self.odata_type),
            etag: own(self.etag),
            state: own(self.state),
            tenant: own(self.tenant),
        }
    }

    pub fn is_call(&self) -> bool {
        let ends_in_call =
            |kind: &str| kind.rsplit('.').next().is_some_and(|kind| kind.eq_ignore_ascii_case("call"));
        self.odata_type.as_deref().is_none_or(ends_in_call)
    }
}

impl<'de> Fields<'de> {
    /// Fills what is missing here from the object's `additionalData`.
    pub fn fill_from(&mut self, more: Self) {
        let fill = |own: &mut Option<Cow<'de, str>>, more| *own = own.take().or(more);
        fill(&mut self.change, more.change);
        fill(&mut self.resource, more.resource);
        fill(&mut self.url, more.url);
        self.data.extend(more.data);
        fill(&mut self.own.id, more.own.id);
        fill(&mut self.own.odata_id, more.own.odata_id);
        fill(&mut self.own.odata_type, more.own.odata_type);
        fill(&mut self.own.etag, more.own.etag);
        fill(&mut self.own.state, more.own.state);
        fill(&mut self.own.tenant, more.own.tenant);
    }
}
