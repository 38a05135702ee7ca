import activity from '../icons/activity.svg'
import anchor from '../icons/anchor.svg'
import arrowDown from '../icons/arrow-down.svg'
import arrowUp from '../icons/arrow-up.svg'
import ban from '../icons/ban.svg'
import check from '../icons/check.svg'
import chevronDown from '../icons/chevron-down.svg'
import chevronLeft from '../icons/chevron-left.svg'
import chevronRight from '../icons/chevron-right.svg'
import circleCheck from '../icons/circle-check.svg'
import circleDashed from '../icons/circle-dashed.svg'
import circleMinus from '../icons/circle-minus.svg'
import clock from '../icons/clock.svg'
import copy from '../icons/copy.svg'
import download from '../icons/download.svg'
import ellipsis from '../icons/ellipsis.svg'
import externalLink from '../icons/external-link.svg'
import eyeOff from '../icons/eye-off.svg'
import eye from '../icons/eye.svg'
import globe from '../icons/globe.svg'
import info from '../icons/info.svg'
import keyRound from '../icons/key-round.svg'
import layoutDashboard from '../icons/layout-dashboard.svg'
import loaderCircle from '../icons/loader-circle.svg'
import logOut from '../icons/log-out.svg'
import menu from '../icons/menu.svg'
import monitor from '../icons/monitor.svg'
import moon from '../icons/moon.svg'
import octagonX from '../icons/octagon-x.svg'
import packageIcon from '../icons/package.svg'
import pause from '../icons/pause.svg'
import pencil from '../icons/pencil.svg'
import play from '../icons/play.svg'
import plus from '../icons/plus.svg'
import refreshCw from '../icons/refresh-cw.svg'
import rocket from '../icons/rocket.svg'
import rotateCw from '../icons/rotate-cw.svg'
import scrollText from '../icons/scroll-text.svg'
import search from '../icons/search.svg'
import send from '../icons/send.svg'
import skipForward from '../icons/skip-forward.svg'
import star from '../icons/star.svg'
import sun from '../icons/sun.svg'
import trash from '../icons/trash-2.svg'
import triangleAlert from '../icons/triangle-alert.svg'
import undo from '../icons/undo-2.svg'
import users from '../icons/users.svg'
import waves from '../icons/waves.svg'
import webhook from '../icons/webhook.svg'
import wifiOff from '../icons/wifi-off.svg'
import x from '../icons/x.svg'

const ICONS = {
  activity,
  anchor,
  'arrow-down': arrowDown,
  'arrow-up': arrowUp,
  ban,
  check,
  'chevron-down': chevronDown,
  'chevron-left': chevronLeft,
  'chevron-right': chevronRight,
  'circle-check': circleCheck,
  'circle-dashed': circleDashed,
  'circle-minus': circleMinus,
  clock,
  copy,
  download,
  ellipsis,
  'external-link': externalLink,
  'eye-off': eyeOff,
  eye,
  globe,
  info,
  'key-round': keyRound,
  'layout-dashboard': layoutDashboard,
  'loader-circle': loaderCircle,
  'log-out': logOut,
  menu,
  monitor,
  moon,
  'octagon-x': octagonX,
  package: packageIcon,
  pause,
  pencil,
  play,
  plus,
  'refresh-cw': refreshCw,
  rocket,
  'rotate-cw': rotateCw,
  'scroll-text': scrollText,
  search,
  send,
  'skip-forward': skipForward,
  star,
  sun,
  'trash-2': trash,
  'triangle-alert': triangleAlert,
  'undo-2': undo,
  users,
  waves,
  webhook,
  'wifi-off': wifiOff,
  x
} as const
export type IconName = keyof typeof ICONS

/** A drawing beside a word; it says nothing by itself. Lucide's, as text in the script. */
export function Icon ({ name, spins = false }: { name: IconName, spins?: boolean }) {
  return <span class={spins ? 'icon spins' : 'icon'} aria-hidden='true' dangerouslySetInnerHTML={{ __html: ICONS[name] }} />
}
