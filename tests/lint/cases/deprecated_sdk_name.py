from chatkit import widgets
from chatkit.widgets import Card, Text, WidgetTemplate

card = Card(children=[Text(value="x")])  # CKF117 CKF117
text = widgets.Text(value="x")  # CKF117
template = WidgetTemplate.from_file("x.widget")
