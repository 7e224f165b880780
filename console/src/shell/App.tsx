import { lazy, Suspense, useState } from 'react';
import { Route, Switch } from 'wouter';
import { isHalfIn, mustEnrol, useSession } from '../api/session';
import { Opening } from '../doors/Door';
import { SecondFactor } from '../doors/SecondFactor';
import { SignIn } from '../doors/SignIn';
import { ProblemNote } from '../ui/ProblemNote';
import { Shell } from './Shell';
import classes from './shell.module.css';

const SharedNoteScreen = lazy(() => import('../screens/notes/SharedNoteScreen'));
const SignUp = lazy(() => import('../doors/SignUp').then(({ SignUp }) => ({ default: SignUp })));
const Verify = lazy(() => import('../doors/Mailed').then(({ Verify }) => ({ default: Verify })));
const Forgot = lazy(() => import('../doors/Mailed').then(({ Forgot }) => ({ default: Forgot })));
const Reset = lazy(() => import('../doors/Mailed').then(({ Reset }) => ({ default: Reset })));
const ChangeMail = lazy(() => import('../doors/Mailed').then(({ ChangeMail }) => ({ default: ChangeMail })));
const Erased = lazy(() => import('../doors/Erased').then(({ Erased }) => ({ default: Erased })));
const EnrolFirst = lazy(() =>
  import('../doors/EnrolFirst').then(({ EnrolFirst }) => ({ default: EnrolFirst })),
);
const Invitation = lazy(() =>
  import('../doors/Invitation').then(({ Invitation }) => ({ default: Invitation })),
);

/** Pages that anybody may open, by their addresses. */
const DOORS = [
  { path: '/sign-up', door: SignUp },
  { path: '/verify', door: Verify },
  { path: '/forgot', door: Forgot },
  { path: '/reset', door: Reset },
  { path: '/change-mail', door: ChangeMail },
  { path: '/invitation', door: Invitation },
  { path: '/erased', door: Erased },
] as const;

export function App() {
  return (
    <Suspense fallback={<Opening />}>
      <Switch>
        <Route path="/shared/:token">{({ token }) => <SharedNoteScreen token={token} />}</Route>
        {DOORS.map(({ path, door: Page }) => (
          <Route key={path} path={path}>
            <Page />
          </Route>
        ))}
        <Route>
          <Gate />
        </Route>
      </Switch>
    </Suspense>
  );
}

/** Shows the shell to whoever is signed in, and the sign-in page to everybody else, at the same address. */
function Gate() {
  const { data, error, refetch } = useSession();
  // The page stays until its recovery codes are kept, although the server would let one in by then.
  const [enrolling, setEnrolling] = useState(false);
  if (data && mustEnrol(data) && !enrolling) setEnrolling(true);
  if (error?.status === 401) {
    return <SignIn lead={data ? 'Your session is over. Sign in to go on where you were.' : undefined} />;
  }
  if (data && enrolling) return <EnrolFirst session={data} done={() => setEnrolling(false)} />;
  if (data) return isHalfIn(data) ? <SecondFactor session={data} /> : <Shell />;
  if (error) {
    return (
      <div className={classes.waiting}>
        <ProblemNote error={error} retry={() => void refetch()} />
      </div>
    );
  }
  return <Opening />;
}
