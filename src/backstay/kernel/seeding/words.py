"""Small lists of words that sample data is made of; short on purpose, and nobody's real data."""

from __future__ import annotations

from typing import Final


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES: Final = _listed("""
    Ada Adaeze Aiko Amara Amir Ana Anders Anjali Astrid Ayşe Beatriz Björn Camila Chidi Chiara Dara Diego
    Divya Elena Elif Emeka Emil Esther Fatima Felix Freya Gabriel Grace Hana Hassan Hedda Ibrahim Ines
    Ingrid Isla Ivan Jamal Jonas José Julia Kai Kateryna Kenji Kofi Lars Layla Léa Leila Liam Lin Lucía
    Magnus Mai Malik Mariam Marta Mateo Mehmet Mei Mikael Mina Nadia Naomi Niamh Nikolai Noor Olga Oluwaseun
    Omar Oskar Paula Pedro Petra Priya Rafael Ravi Rosa Ruth Samira Sanjay Saoirse Sara Sébastien Siobhán
    Sofia Stefan Tariq Thandiwe Theo Tomás Uma Valentina Viktor Wanjiru Wei Xavier Yara Yuki Yusuf Zainab
    Zoë
""")
LAST_NAMES: Final = _listed("""
    Abebe Acheampong Adeyemi Ahmed Almeida Andersson Asante Banerjee Bauer Becker Bianchi Bondarenko Byrne
    Castro Chen Cohen Costa Demir Diallo Dubois Eriksson Evans Fernández Fischer Fontaine Fujita García
    Ghosh Gupta Haddad Hansen Hernández Hoffmann Horvat Ivanova Jansen Johansson Kamau Kaya Keller Khan Kim
    Kipkemboi Kovács Kowalska Kuznetsov Larsen Lefèvre Lindqvist López Mahlangu Martin Mbeki Mehta Meyer
    Moreau Mwangi Nakamura Ndiaye Nguyen Nielsen Novák Nowak O'Brien Okafor Okonkwo Olsen Ortiz Osei Patel
    Pereira Petrov Popescu Ramos Rao Reyes Ricci Rossi Sato Schneider Sharma Silva Singh Souza Suzuki
    Svensson Tanaka Tran Tshabalala Varga Vargas Walker Wang Weber Wójcik Yamamoto Yilmaz Zhang Zimmermann
    Zulu
""")
ADJECTIVES: Final = _listed("""
    amber ancient blue bold brave brief bright broad calm careful clear clever cold copper crisp curious
    deep distant dry early eager even faint fair firm first fresh gentle golden green grey hidden honest
    idle keen kind large late light little lively local long loud low lucky mild narrow new noble odd old
    open patient plain prompt proud quick quiet rapid rare ready rough round salty sharp shy silent silver
    simple slow small smooth soft solid spare steady still stout strong sturdy sudden sunny swift tall tidy
    tiny upper useful vast warm weathered wide wild windy wise wooden young
""")
NOUNS: Final = _listed("""
    anchor answer anvil arrow barrel basin beacon bell bench berth bill block boat bolt book bottle bow
    branch bridge buoy cabin cable canvas captain cargo chain chart clay cleat clock coast compass cord
    corner course crate crew current deck dock door draft engine estuary evening feather ferry field flag
    flask fog gale garden gate gauge glass gull hammer harbour hatch hawser hull inlet island journey keel
    kettle key knot ladder lamp lantern ledger letter lever lighthouse lock log map marker mast meadow mill
    mirror moon morning needle net oar orchard paddle parcel path pennant pier pilot plank pocket port
    pulley quay question radio rain reef ridge rigging river road rope rudder sail schedule sextant shelf
    shore signal skiff spar splice spring stage star station stone storm strait table tackle tide tiller
    timber tower trail valve voyage wake watch wave wharf whistle winch window winter workshop
""")
VERBS: Final = _listed("""
    answers asks balances bends brings builds calls carries catches checks clears counts covers crosses
    draws drops fills finds fits follows gathers guides holds joins keeps leads leans leaves lifts loads
    lowers makes marks meets mends misses moves needs opens orders paints passes pays plans points pulls
    pushes raises reaches reads repairs rests returns rings rows runs saves seals sees sends shows signs
    sorts splices stands starts steers stops stores stows sweeps takes tests ties tows trims trusts turns
    visits waits warns washes weighs winds writes
""")
LINKS: Final = (
    "after",
    "and then",
    "because",
    "before",
    "but",
    "so that",
    "unless",
    "until",
    "when",
    "while",
)
PLACES: Final = ("above", "across", "along", "at", "behind", "below", "beside", "by", "near", "under", "with")
COMPANY_ENDINGS: Final = (
    "& Co.",
    "AB",
    "Collective",
    "GmbH",
    "Group",
    "Labs",
    "Ltd",
    "S.A.",
    "Supply",
    "Works",
)
