"""The words of numbers, rhythms and moments, in French and English: one table for all readers of words."""

NUMBERS = {
    "ii": "2", "iii": "3",
    "un": "1", "une": "1", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "six": "6", "sept": "7",
    "huit": "8", "neuf": "9", "dix": "10", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10", "once": "1 times", "twice": "2 times", "thrice": "3 times",
    "onze": "11", "douze": "12", "quinze": "15", "vingt": "20", "vingt-cinq": "25", "trente": "30", "quarante": "40",
    "cinquante": "50", "soixante": "60", "soixante-dix": "70", "quatre-vingt": "80", "quatre-vingts": "80",
    "quatre-vingt-dix": "90", "septante": "70", "huitante": "80", "octante": "80", "nonante": "90",
    "eleven": "11", "twelve": "12", "fifteen": "15", "twenty": "20", "twenty-five": "25",
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
}  # fmt: skip

# An hour before "am" and "pm" names no moment ("8 am"), nor does "I am".
_NO_HOUR = r"(?<![0-9])(?<![0-9] )(?<!\bi )"
MOMENTS = {
    "afternoon": r"apr[eè]s[- ]midi|aprem|go[uû]ter|afternoon",
    "morning": (
        r"mat(?:in(?:s|[ée]e)?)?|ma?tt?i?n|matni|p(?:e|['’])?tit[- ]d[ée]j(?:euner)?\b|r[ée]veil"
        rf"|(?<!se )(?<!vous )lever|morning|breakfast|{_NO_HOUR}am"
    ),
    "noon": r"mid(?:is?)?|mdi|d[ée]j(?:euner)?\b|noon|midday|lunch",
    "evening": rf"soir(?:s|e|[ée]es?)?|siir|sior|sori|d[iî]ner|souper|evening|dinner|supper|{_NO_HOUR}pm",
    "bedtime": r"coucher|ocucher|couhcer|bedtime|nuit|night",
}

# The hours of each moment, from the first to before the last; 29 is 5 of the next day.
HOURS = {"morning": (5, 11), "noon": (11, 14), "afternoon": (14, 18), "evening": (18, 22), "bedtime": (21, 29)}

# Latin abbreviations: least and most intakes a day.
LATIN = {"qd": (1, 1), "od": (1, 1), "bid": (2, 2), "bds": (2, 2), "tid": (3, 3), "tds": (3, 3), "qid": (4, 4),
         "qds": (4, 4), "qod": (0, 1), "qhs": (1, 1)}  # fmt: skip

PER_DAY = (
    r"(?:/ ?(?:j(?:rs?|ours?)?|day|d|24 ?h)\b|(?:par ?|chaque )jours?\b|par jr?\b|(?:par|per|dans les) 24 ?h\w*"
    r"|(?:dans|ds) la journ[ée]e"
    r"|(?:a|per|each|every) day\b|daily\b"
    r"|quotidien\w*|in 24 ?h\w*)"
)
