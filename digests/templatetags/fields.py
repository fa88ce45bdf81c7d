"""Form fields as the account's pages show them."""

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def unprompted(field: BoundField) -> SafeString:
    """The field without its placeholder, which would only say again what the label says."""
    return field.as_widget(attrs={"placeholder": False})
