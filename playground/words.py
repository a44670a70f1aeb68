"""What the seeded blog is written with. Not ASCII on purpose."""

# ruff: noqa: RUF001  # typography and languages that look like ASCII in places

FIRST_NAMES = (
    "Amélie", "Björn", "Chiara", "Dmitri", "Élodie", "Farid", "Grace", "Hana",
    "Ingrid", "João", "Kofi", "Łucja", "Mateo", "Nadia", "Oskar", "Priya",
    "Quentin", "Rosa", "Søren", "Tomás", "Ulrike", "Vivek", "Wanjiru", "Ximena",
    "Yuki", "Zoë",
)  # fmt: skip

LAST_NAMES = (
    "Andersson", "Bianchi", "Çelik", "Dubois", "Eriksen", "Fernández", "Grünwald",
    "Haddad", "Ivanova", "Jovanović", "Kowalski", "Lindqvist", "Müller", "Novák",
    "Okafor", "Peña", "Quispe", "Rossi", "Şahin", "Tanaka", "Ueda", "Váradi",
    "Wójcik", "Xu", "Yılmaz", "Zając",
)  # fmt: skip

TAGS = (
    "async", "baking", "bicycles", "books", "caching", "coffee", "css", "databases",
    "debugging", "design", "distributed systems", "documentation", "français",
    "gardening", "graphql", "hiking", "indexes", "interviews", "日本語", "joins",
    "kitchen", "learning", "maps", "music", "observability", "open source",
    "performance", "photography", "postgresql", "python", "queues", "reading",
    "release notes", "sailing", "sqlite", "teaching", "testing", "trains", "types",
    "writing",
)  # fmt: skip

# A topic with what one does about it, so that a title and its text belong together.
TOPICS = (
    "slow queries", "composite keys", "sourdough", "night trains", "code review",
    "feature flags", "a balcony garden", "index-only scans", "the test suite",
    "on-call weeks", "espresso at home", "database migrations", "winter cycling",
    "type hints", "a reading list", "the crème brûlée problem", "schema design",
    "background jobs", "film photography", "long documents", "N+1 queries",
    "small talks", "map projections", "the morning run",
)  # fmt: skip

TITLES = (
    "What I learned about {topic}",
    "{topic}, one year later",
    "Stop worrying about {topic}",
    "A short history of {topic}",
    "Notes on {topic}",
    "Three mistakes with {topic}",
    "Why we gave up on {topic} – and came back",
    "{topic}: a field guide",
    "The naïve approach to {topic}",
    "How {topic} works in practice",
)

SENTENCES = (
    "I had put off {topic} for months.",
    "Nobody had told me how much of {topic} is patience.",
    "The first attempt took a whole weekend and did not work.",
    "So we measured before we changed anything.",
    "It turned out that the slow part was not where we looked.",
    "{name} pointed out that we had asked the wrong question.",
    "With {topic}, the defaults are better than their reputation.",
    "There is a café around the corner where most of this was written.",
    "We went from 2,201 round trips to five.",
    "If you remember one thing about {topic}, make it this one.",
    "The old way still works; it is only no longer the easy one.",
    "I would do two things differently today.",
    "A colleague in Zürich calls this “the boring solution”, and she is right.",
    "Read the plan first, then the code.",
    "It was raining, as it does in November, and there was time.",
    "What surprised me about {topic} was how little of it was about speed.",
    "Half of it we threw away, which was the better half of the work.",
    "Write it down; the next person who wonders about {topic} is you.",
)

COMMENTS = (
    "Thank you, this is the first text about {topic} that I understood.",
    "Does this also hold for larger data? We have about 40 million rows.",
    "I disagree about {topic}, but you made me think. 🙂",
    "Small typo in the second paragraph, otherwise lovely.",
    "We did the same last year and never looked back.",
    "Could you share how you measured it?",
    "« Le mieux est l’ennemi du bien. » That is all I have to say.",
    "Saved for the next time somebody asks me about {topic}.",
    "This deserves a follow-up!",
    "とても参考になりました。",
    "{name} wrote something similar, worth a look.",
    "I tried it this morning: works, but mind the edge cases.",
)

BIOS = (
    "Writes about {topic} and whatever else comes up.",
    "Engineer by day, {topic} by night.",
    "Lives by the sea. Mostly {topic}.",
    "Used to teach; now learning about {topic}.",
)

NOTES = (
    "Shorter first paragraph.",
    "Corrected the numbers, thanks to a reader.",
    "New title; the old one promised too much.",
    "Added a paragraph about {topic}.",
)

ANNOUNCEMENTS = (
    "Welcome! Your first post can be a draft for as long as you like.",
    "The blog is read-only on Sunday from 06:00 to 06:30 UTC.",
)
