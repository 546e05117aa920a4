"""What rules and cards say, on sheets for people: the rules of a day as a SAM sheet, and what each change does."""
