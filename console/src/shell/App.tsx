import { Loader } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { useSession } from '../api/session';
import { ProblemNote } from '../ui/ProblemNote';
import { Shell } from './Shell';
import { SignIn } from './SignIn';
import classes from './shell.module.css';

const SharedNoteScreen = lazy(() => import('../screens/notes/SharedNoteScreen'));

export function App() {
  return (
    <Switch>
      <Route path="/shared/:token">
        {({ token }) => (
          <Suspense fallback={<Waiting />}>
            <SharedNoteScreen token={token} />
          </Suspense>
        )}
      </Route>
      <Route>
        <Gate />
      </Route>
    </Switch>
  );
}

/** Shows the shell to whoever is signed in, and the sign-in page to everybody else. */
function Gate() {
  const { data, error, refetch } = useSession();
  if (data) return <Shell />;
  if (error?.status === 401) return <SignIn />;
  if (error) {
    return (
      <div className={classes.waiting}>
        <ProblemNote error={error} retry={() => void refetch()} />
      </div>
    );
  }
  return <Waiting />;
}

function Waiting() {
  return (
    <div className={classes.waiting}>
      <Loader type="dots" aria-label="Loading" />
    </div>
  );
}
