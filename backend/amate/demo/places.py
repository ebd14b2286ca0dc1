"""Real localities of three states, with the coordinates of their centres to about a hundred metres."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A locality; `state` is the code of CURP and CLUES."""

    state: str
    name: str
    lat: float
    lon: float


STATE_NAMES = {"HG": ("13", "HIDALGO"), "CS": ("07", "CHIAPAS"), "JC": ("14", "JALISCO")}

_COORDINATES = {
    "HG": """Pachuca de Soto,20.1011,-98.7591 Tulancingo,20.0833,-98.3667 Tula de Allende,20.0533,-99.3431
        Huejutla,21.1400,-98.4194 Ixmiquilpan,20.4833,-99.2167 Actopan,20.2694,-98.9447 Tepeji,19.9036,-99.3414
        Tizayuca,19.8383,-98.9797 Apan,19.7050,-98.4514 Zimapán,20.7353,-99.3833 Mixquiahuala,20.2311,-99.2131
        Zacualtipán,20.6439,-98.6533 Progreso,20.2478,-99.1897 Molango,20.7850,-98.7294
        Atotonilco el Grande,20.2856,-98.6708 Metztitlán,20.5947,-98.7636 Huichapan,20.3744,-99.6497
        Tlanchinol,20.9886,-98.6608 Orizatlán,21.1717,-98.6064 Mineral del Monte,20.1394,-98.6733
        Cuautepec,20.0361,-98.3097 Santiago Tulantepec,20.0389,-98.3578 Tenango de Doria,20.3361,-98.2264
        Jacala,21.0058,-99.1889 Alfajayucan,20.4097,-99.3503""",
    "CS": """Tuxtla Gutiérrez,16.7528,-93.1167 San Cristóbal,16.7370,-92.6376 Tapachula,14.9056,-92.2633
        Comitán,16.2511,-92.1342 Palenque,17.5094,-91.9822 Ocosingo,16.9075,-92.0953 San Juan Chamula,16.7872,-92.6883
        Chiapa de Corzo,16.7081,-93.0139 Villaflores,16.2336,-93.2672 Tonalá,16.0894,-93.7514 Arriaga,16.2367,-93.9003
        Pichucalco,17.5067,-93.1181 Yajalón,17.1733,-92.3319 Las Margaritas,16.3147,-91.9817
        Motozintla,15.3667,-92.2481 Huixtla,15.1378,-92.4664 Cintalapa,16.6881,-93.7156 Reforma,17.8647,-93.1464
        Tila,17.3006,-92.4267 Zinacantán,16.7600,-92.7228 Oxchuc,16.7856,-92.3447 Tenejapa,16.8167,-92.5056
        Frontera Comalapa,15.6581,-92.1428 Simojovel,17.1392,-92.7150 Bochil,16.9953,-92.8900""",
    "JC": """Guadalajara,20.6736,-103.3440 Zapopan,20.7236,-103.3848 Tlaquepaque,20.6409,-103.2933
        Puerto Vallarta,20.6534,-105.2253 Lagos de Moreno,21.3564,-101.9292 Tepatitlán,20.8169,-102.7633
        Ciudad Guzmán,19.7047,-103.4617 Ocotlán,20.3533,-102.7744 Autlán,19.7714,-104.3656 Arandas,20.7050,-102.3461
        Tequila,20.8828,-103.8358 Ameca,20.5486,-104.0456 Chapala,20.2961,-103.1917 La Barca,20.2878,-102.5461
        Sayula,19.8836,-103.5975 Colotlán,22.1117,-103.2661 Mascota,20.5269,-104.7892 Tala,20.6525,-103.7042
        Encarnación de Díaz,21.5250,-102.2389 San Juan de los Lagos,21.2458,-102.3300 Tamazula,19.6797,-103.2478
        Cihuatlán,19.2369,-104.5650 Jalostotitlán,21.1658,-102.4656 El Grullo,19.8061,-104.2142
        Yahualica,21.1789,-102.8900""",
}


def _read(state: str, text: str) -> list[Place]:
    places, pending = [], " ".join(text.split())
    while pending:
        name, lat, rest = pending.split(",", 2)
        lon, _, pending = rest.partition(" ")
        places.append(Place(state, name, float(lat), float(lon)))
    return places


PLACES = [place for state, text in _COORDINATES.items() for place in _read(state, text)]
