import classes from './doors.module.css';

/** The drawing behind the sign-in: one mast, its stays, and the waterline. */
export function Rigging() {
  return (
    <svg
      className={classes.rigging}
      viewBox="0 0 1200 800"
      preserveAspectRatio="xMidYMax slice"
      aria-hidden="true"
    >
      <g fill="none" stroke="currentColor" strokeLinecap="round">
        <path d="M430 -40V640" strokeWidth="5" strokeOpacity=".5" />
        <path
          d="M430 150 300 628M430 150 560 628M430 330 330 628M430 330 530 628"
          strokeOpacity=".18"
          strokeWidth="1.5"
        />
        <path d="M345 330h170M372 150h116" strokeOpacity=".3" strokeWidth="3" />
        <path d="M430 -20 150 640" strokeOpacity=".18" strokeWidth="1.5" />
        <path className={classes.stay} d="M430 -30 1010 628" strokeWidth="3" />
        <path
          d="M110 640h940c-46 62-104 86-190 86H330c-110 0-176-26-220-86Z"
          strokeOpacity=".5"
          strokeWidth="3.5"
        />
        <path
          d="M-20 726c70-14 110 14 180 0s110 14 180 0 110 14 180 0 110 14 180 0 110 14 180 0 110 14 180 0 110 14 180 0"
          strokeOpacity=".28"
          strokeWidth="2"
        />
        <path
          d="M-60 758c70-12 110 12 180 0s110 12 180 0 110 12 180 0 110 12 180 0 110 12 180 0 110 12 180 0 110 12 180 0"
          strokeOpacity=".14"
          strokeWidth="2"
        />
      </g>
    </svg>
  );
}
