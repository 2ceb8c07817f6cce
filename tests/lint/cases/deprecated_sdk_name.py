from chatkit import types, widgets
from chatkit.types import ThreadItemUpdated
from chatkit.widgets import Card, Text, WidgetTemplate
from sqlalchemy import Column, Image, Row

card = Card(children=[Text(value="x")])  # CKF117 CKF117
text = widgets.Text(value="x")  # CKF117
template = WidgetTemplate.from_file("x.widget")


Badge = widgets.Badge


class Mine(Card):  # CKF117
    pass


def update(item_id: str, change: object) -> list[object]:
    return [
        ThreadItemUpdated(item_id=item_id, update=change),  # CKF117
        isinstance(change, types.ThreadItemUpdated),  # CKF117
        isinstance(change, types.ThreadItemUpdatedEvent),
        Badge(label="x"),  # CKF117
        widgets.Card.model_validate({"children": []}),  # CKF117
        template.build_basic({}),  # CKF117
        template.build({}),
        Column(Image, Row()),
    ]


def sources() -> list[types.EntitySource]:
    return [
        types.EntitySource(id="a", title="A", preview="lazy"),  # CKF117
        types.EntitySource(id="b", title="B", label="b"),
    ]
