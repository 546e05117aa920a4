"""Documents made from rules and cards: the SAM sheet of a day, and the effects of each change."""
