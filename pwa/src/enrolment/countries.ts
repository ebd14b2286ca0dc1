/** Every nationality that the server takes beside the frequent ones, named by the browser itself. */
import { NATIONALITIES } from "./states";
import { t } from "./words";

/** As travel documents write it (ICAO 9303, part 3). */
export const STATELESS = "XXA";

// ISO 3166-1: alpha-3, which the server takes, and alpha-2, by which browsers know a country's name.
const CODES = `
  ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT AZEAZ BDIBI
  BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO BRABR BRBBB BRNBN BTNBT
  BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG COKCK COLCO COMKM CPVCV CRICR CUBCU
  CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET
  FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR
  GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR
  IRQIQ ISLIS ISRIL ITAIT JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB
  LBRLR LBYLY LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH
  MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA NCLNC NERNE
  NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE PHLPH PLWPW PNGPG POLPL
  PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ
  SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC
  TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY
  USAUS UZBUZ VATVA VCTVC VENVE VGBVG VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW
`;

export interface Nationality {
  readonly value: string;
  readonly label: string;
}

let made: readonly Nationality[] | null = null;

/** In the order of their names; made at the first call. */
export function otherNationalities(): readonly Nationality[] {
  made ??= make();
  return made;
}

/** A nationality as the form names it. */
export function nationalityWords(code: string): string {
  const frequent = NATIONALITIES.find((value) => value === code);
  if (frequent !== undefined) return t(`nationality-${frequent}`);
  return otherNationalities().find(({ value }) => value === code)?.label ?? code;
}

function make(): readonly Nationality[] {
  const names = new Intl.DisplayNames("es-MX", { type: "region" });
  const frequent: readonly string[] = NATIONALITIES;
  const others = CODES.trim()
    .split(/\s+/)
    .map((pair) => ({ value: pair.slice(0, 3), label: names.of(pair.slice(3)) ?? pair.slice(0, 3) }))
    .filter(({ value }) => !frequent.includes(value));
  const { compare } = new Intl.Collator("es");
  return [{ value: STATELESS, label: t("nationality-none") }, ...others.sort((a, b) => compare(a.label, b.label))];
}
