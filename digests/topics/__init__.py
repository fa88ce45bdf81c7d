"""How topics are learnt: shipped weights, a series' own lines, editors' verdicts. `classify` puts them to work."""
