"""What XML asks of formulas, for the formats that are made of it. Pure."""

_MATHML = "http://www.w3.org/1998/Math/MathML"


def namespaced(markup: str) -> str:
    """Our own HTML with its formulas in MathML's namespace. Text can't hold `<math`: it is escaped."""
    return markup.replace("<math ", f'<math xmlns="{_MATHML}" ').replace("<math>", f'<math xmlns="{_MATHML}">')
